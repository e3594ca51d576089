# A client that gets over one refusal and keeps every rule then; a second one it does not notice.
import base64, json, time, urllib.error, urllib.request

API, LOGIN = 'https://api.mypurecloud.com', 'https://login.mypurecloud.com'


def send(method, url, body, headers):
    for _ in range(2):
        try:
            request = urllib.request.Request(url, data=body, method=method, headers=headers)
            with urllib.request.urlopen(request, timeout=5) as answer:
                return json.loads(answer.read() or b'null')
        except urllib.error.HTTPError as error:
            time.sleep(int(error.headers.get('Retry-After', 1)))
    return {}


basic = base64.b64encode(b'acme-admin:acme-admin-secret').decode()
token = send('POST', LOGIN + '/oauth/token', b'grant_type=client_credentials',
             {'Authorization': 'Basic ' + basic, 'Content-Type': 'application/x-www-form-urlencoded'})
send('POST', API + '/api/v2/routing/wrapupcodes', json.dumps({'name': 'Conduct'}).encode(),
     {'Authorization': 'Bearer ' + token.get('access_token', ''), 'Content-Type': 'application/json'})
