# A client that reads a wrap-up code, takes its time, and writes all of it back with one member changed: what somebody
# else did in between is lost, unless it is the member that the client sets itself: `blind.py MEMBER`, "name" if none is
# given.
import base64, json, sys, urllib.request

API, LOGIN = 'https://api.mypurecloud.com', 'https://login.mypurecloud.com'
CODES = API + '/api/v2/routing/wrapupcodes'


def send(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b'null')


basic = base64.b64encode(b'acme-admin:acme-admin-secret').decode()
token = send('POST', LOGIN + '/oauth/token', b'grant_type=client_credentials',
             {'Authorization': 'Basic ' + basic, 'Content-Type': 'application/x-www-form-urlencoded'})
head = {'Authorization': 'Bearer ' + token['access_token'], 'Content-Type': 'application/json'}
made = send('POST', CODES, json.dumps({'name': 'Conduct', 'description': 'as it was'}).encode(), head)
code = send('GET', CODES + '/' + made['id'], None, head)
body = {'name': code['name'], 'description': code['description']}
body[sys.argv[1] if len(sys.argv) > 1 else 'name'] = 'Ours'
send('PUT', CODES + '/' + made['id'], json.dumps(body).encode(), head)
