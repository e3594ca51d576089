# Programs as tutorials have them, one small job each, on the standard library alone. Each has the mistake that its
# tutorial makes; with the word "careful" behind the job it does not.
import base64, json, sys, time, urllib.error, urllib.parse, urllib.request

job, careful = sys.argv[1], 'careful' in sys.argv[2:]
QUEUE = 'cd613e30-d8f1-4adf-91b7-584a2265b1f5'


def call(method, url, body=None, headers=None, form=None):
    data = urllib.parse.urlencode(form).encode() if form else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=dict(headers or {}))
    if body is not None:
        request.add_header('Content-Type', 'application/json')
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b'null')


def token(url, **more):
    basic = base64.b64encode(b'acme-admin:acme-admin-secret').decode()
    answer = call('POST', url, form={'grant_type': 'client_credentials', **more},
                  headers={} if 'client_secret' in more else {'Authorization': 'Basic ' + basic})
    return {'Authorization': 'Bearer ' + answer['access_token']}


SECRET = {'client_id': 'acme-admin', 'client_secret': 'acme-admin-secret'}


# Lists the codes. The mistake: a 429 on a read ends the program.
def throttled():
    api, mine = 'https://api.mypurecloud.com/api/v2', token('https://login.mypurecloud.com/oauth/token')
    for _ in range(6):
        try:
            return print(call('GET', api + '/routing/wrapupcodes?pageSize=100', headers=mine)['total'])
        except urllib.error.HTTPError as error:
            if error.code != 429 or not careful:
                raise
            time.sleep(float(error.headers['Retry-After']))


# Collects all codes. The mistake: the page's number never moves.
def endless():
    api, mine = 'https://api.mypurecloud.com/api/v2', token('https://login.mypurecloud.com/oauth/token')
    codes, page = [], 1
    while True:
        answer = call('GET', f'{api}/routing/wrapupcodes?pageSize=10&pageNumber={page}', headers=mine)
        codes += answer['entities']
        if not answer['entities'] or (careful and page == answer['pageCount']):
            return print(len(codes))
        page += careful


# Makes a code and the webhook that tells BI of it. The mistake: a webhook that fails is only printed.
def orphan():
    api = 'https://api.mypurecloud.com/api/v2'
    mine = token('https://login.mypurecloud.com/oauth/token', **SECRET)
    call('POST', api + '/routing/wrapupcodes', headers=mine, body={
        'codeName': 'Tutorial', 'code': 'TUTORIAL', 'codeCategoryName': 'sales', 'routingQueue': {'id': QUEUE}})
    try:
        call('POST', api + '/analytics/events/webhooks', headers=mine, body={
            'name': 'BI', 'description': 'BI', 'callbackUrl': 'http://127.0.0.1:8080/__sink/bi/wrapup',
            'eventTypes': ['routing:wrapupcode:created'], 'filters': {'matchType': 'all', 'filters': []}})
    except urllib.error.HTTPError as error:
        print('no webhook:', error)
        sys.exit(1 if careful else 0)


# Renames a definition under its version. The mistake: after a conflict the same version is sent again.
def stale():
    api = 'https://eu.mygen.com/api/v2/routing/wrapupcodes'
    mine = token('https://eu.mygen.com/oauth/token', scope='routing:wrapupcode:read routing:wrapupcode:write', **SECRET)
    first = call('GET', api + '?pageSize=250', headers=mine)['entities'][0]
    for _ in range(3):
        try:
            return call('PATCH', f"{api}/{first['id']}?version={first['version']}", headers=mine,
                        body={'displayName': 'Renamed by a tutorial'})
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
            first = call('GET', f"{api}/{first['id']}", headers=mine) if careful else first
    sys.exit(1)


# Sends a batch, one code an outcome. The mistake: every item is made from the loop's last value.
def last():
    mine = token('https://acme.auth.cxone.com/oauth/token', **SECRET)
    made = [lambda n=n: n for n in range(3)] if careful else [lambda: n for n in range(3)]
    batch = [{'id': f'tutorial-{f()}', 'name': f'Tutorial {f()}', 'code': f'TUTORIAL_{f()}', 'category': 'Sales',
              'duration': 60, 'isActive': True, 'isDefault': False} for f in made]
    try:
        call('POST', 'https://acme.api.cxone.com/api/v2/contact-center/interaction-config/wrap-up-codes', batch,
             {**mine, 'X-Idempotency-Key': f'{time.time_ns():032x}'})
    except urllib.error.HTTPError as error:
        print('refused:', error)
        sys.exit(1)


# Gives a code another text. The mistake: nobody counts to twenty.
def long():
    api = 'https://eu.mygen.com/api/v2/routing/wrapupcodes'
    mine = token('https://eu.mygen.com/oauth/token', scope='routing:wrapupcode:read routing:wrapupcode:write', **SECRET)
    first = call('GET', api + '?pageSize=250', headers=mine)['entities'][0]
    code = 'CALLBACK_AGREED_WITH_THE_CUSTOMER'
    try:
        call('PATCH', f"{api}/{first['id']}?version={first['version']}", headers=mine,
             body={'code': code[:20] if careful else code})
    except urllib.error.HTTPError as error:
        print('refused:', error)
        sys.exit(1)


{'throttled': throttled, 'endless': endless, 'orphan': orphan, 'stale': stale, 'last': last, 'long': long}[job]()
