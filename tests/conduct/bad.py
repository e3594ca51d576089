# A client that breaks conduct rules on purpose: a token for each call, no waits, a create that is sent again blindly,
# certificates not verified, and status 0 whatever came of it.
import base64, json, ssl, sys, urllib.error, urllib.request

API, LOGIN = 'https://api.mypurecloud.com', 'https://login.mypurecloud.com'
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


def send(method, url, body=None, headers=None):
    for _ in range(3):
        try:
            request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
            with urllib.request.urlopen(request, timeout=2, context=context) as answer:
                return json.loads(answer.read() or b'null')
        except Exception as error:
            print(error, file=sys.stderr)
    return {}


def token():
    basic = base64.b64encode(b'acme-admin:acme-admin-secret').decode()
    return send('POST', LOGIN + '/oauth/token', b'grant_type=client_credentials',
                {'Authorization': 'Basic ' + basic,
                 'Content-Type': 'application/x-www-form-urlencoded'}).get('access_token', 'none')


send('GET', API + '/api/v2/routing/wrapupcodes?pageSize=5&colour=red', None, {'Authorization': 'Bearer ' + token()})
send('POST', API + '/api/v2/routing/wrapupcodes', json.dumps({'name': 'Conduct'}).encode(),
     {'Authorization': 'Bearer ' + token(), 'Content-Type': 'application/json'})
