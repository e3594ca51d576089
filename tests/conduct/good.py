# A client that keeps every conduct rule: makes one wrap-up code and describes it. Standard library alone.
import base64, json, random, sys, time, urllib.error, urllib.parse, urllib.request
from email.utils import parsedate_to_datetime

API, LOGIN = 'https://api.mypurecloud.com', 'https://login.mypurecloud.com'
TRIES = 6
token = None


class Refused(Exception):
    def __init__(self, status, lost=False):
        super().__init__('lost' if lost else str(status))
        self.status, self.lost = status, lost


def once(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    with urllib.request.urlopen(request, timeout=2) as answer:
        text = answer.read()
        if text and 'json' not in answer.headers.get('Content-Type', ''):
            raise ValueError('not JSON')
        return json.loads(text) if text else None


def wait_asked(error):
    text = error.headers.get('Retry-After', '')
    if text.isdigit() and int(text) <= 60:
        return int(text) + 0.1
    try:
        now = parsedate_to_datetime(error.headers['Date']) if error.headers.get('Date') else None
        seconds = (parsedate_to_datetime(text) - now).total_seconds() if now else 0
        return seconds + 1.1 if 0 < seconds <= 60 else 0
    except (TypeError, ValueError):
        return 0


def patient(method, url, body=None, headers=None, is_safe=True, has_token=True):
    """One call, tried again where that helps and does no harm."""
    global token
    pause, refreshed = 0.2, False
    for attempt in range(TRIES):
        sent = dict(headers or {})
        if has_token:
            sent['Authorization'] = 'Bearer ' + sign_in()
        try:
            return once(method, url, body, sent)
        except urllib.error.HTTPError as error:
            asked = wait_asked(error)
            error.read()
            if error.code == 401 and has_token and not refreshed:
                token, refreshed = None, True
                continue
            if error.code not in (429, 502, 503, 504):
                raise Refused(error.code)
            if not is_safe and error.code in (502, 504):
                raise Refused(error.code, lost=True)
            wait = max(asked, pause)
        except urllib.error.URLError as error:
            if 'CERTIFICATE' in str(error):
                raise
            if not is_safe:
                raise Refused(0, lost=True)
            wait = pause
        except (OSError, ValueError, EOFError) as error:
            if not is_safe:
                raise Refused(0, lost=True)
            wait = pause
        except Exception as error:  # http.client's
            if not is_safe:
                raise Refused(0, lost=True)
            wait = pause
        time.sleep(wait)
        pause = pause * 2 + random.random() * pause
    raise Refused(0)


def sign_in():
    global token
    if token is None:
        basic = base64.b64encode(b'acme-admin:acme-admin-secret').decode()
        answer = patient('POST', LOGIN + '/oauth/token', b'grant_type=client_credentials',
                         {'Authorization': 'Basic ' + basic,
                          'Content-Type': 'application/x-www-form-urlencoded'}, has_token=False)
        token = answer['access_token']
    return token


def find(name):
    query = urllib.parse.urlencode({'name': name, 'pageSize': 100})
    answer = patient('GET', API + '/api/v2/routing/wrapupcodes?' + query)
    return next((c for c in answer['entities'] if c['name'] == name), None)


def make(name):
    body = json.dumps({'name': name}).encode()
    for _ in range(3):
        found = find(name)
        if found:
            return found
        try:
            return patient('POST', API + '/api/v2/routing/wrapupcodes', body,
                           {'Content-Type': 'application/json'}, is_safe=False)
        except Refused as why:
            if not why.lost:
                raise
            time.sleep(4)  # a new one may take a while to be seen
    raise Refused(0)


try:
    code = make('Conduct')
    print(code['name'])
except Refused as why:
    sys.exit('not done: %s' % why)
except urllib.error.URLError as why:
    sys.exit('not done: %s' % why)
