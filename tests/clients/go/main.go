// The life of a wrap-up code, told with the official Go SDK, unmodified, against `rehearse serve`.
// Usage: life READY-FILE. One line a step, 'N passed, N failed' at the end, status 1 if any step failed.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/mypurecloud/platform-client-sdk-go/v188/platformclientv2"
)

const (
	pageSize  = 4
	codeCount = 9 // with pageSize 4: three pages even on an empty tenant
	nobody    = "00000000-0000-4000-8000-00000000dead"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

type ready struct {
	Admin struct {
		URL   string `json:"url"`
		Token string `json:"token"`
	} `json:"admin"`
	Listeners []struct {
		Profile string `json:"profile"`
		URL     string `json:"url"`
	} `json:"listeners"`
}

// A life is one run: its identity, what it created, and the last answer that it saw.
type life struct {
	ready   ready
	base    string
	run     string
	config  *sdk.Configuration
	routing *sdk.RoutingApi
	codes   []sdk.Wrapupcode // in order of name
	queueID string
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func number(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

// expect gives an error that says what was found and what was expected, unless the two are equal.
func expect[T comparable](what string, found, expected T) error {
	if found != expected {
		return fmt.Errorf("%s: found %v, expected %v", what, found, expected)
	}
	return nil
}

func expectAll(what string, found, expected []string) error {
	return expect(what, strings.Join(found, " "), strings.Join(expected, " "))
}

func ids(codes []sdk.Wrapupcode) []string {
	all := []string{}
	for _, code := range codes {
		all = append(all, text(code.Id))
	}
	return all
}

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

// newConfig is a client of its own, pointed at the server: the login host follows from BasePath.
func (l *life) newConfig() *sdk.Configuration {
	config := sdk.NewConfiguration()
	config.BasePath = l.base
	return config
}

// refused checks an answer that must be a refusal: status, code and the error envelope.
func refused(answer *sdk.APIResponse, err error, statuses []int, codes ...string) error {
	if answer == nil {
		return fmt.Errorf("no answer: %w", err)
	}
	if err == nil {
		return fmt.Errorf("status %d, expected %v", answer.StatusCode, statuses)
	}
	if !slices.Contains(statuses, answer.StatusCode) || answer.Error == nil {
		return fmt.Errorf("status %d, expected %v: %s", answer.StatusCode, statuses, answer.RawBody)
	}
	if len(codes) > 0 && !slices.Contains(codes, answer.Error.Code) {
		return fmt.Errorf("code %s, expected %v", answer.Error.Code, codes)
	}
	if answer.Error.Code == "" || answer.Error.Message == "" || !uuid.MatchString(answer.CorrelationID) {
		return fmt.Errorf("code, message or correlation id is missing: %s", answer.RawBody)
	}
	// The SDK fills ContextID from the header where the body has none: so look at the body itself.
	var body struct {
		ContextID string `json:"contextId"`
		Status    int    `json:"status"`
	}
	if err := json.Unmarshal(answer.RawBody, &body); err != nil {
		return err
	}
	return errors.Join(expect("contextId", body.ContextID, answer.CorrelationID),
		expect("status in the body", body.Status, answer.StatusCode))
}

func (l *life) admin(method, path string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, l.ready.Admin.URL+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("X-Rehearse-Token", l.ready.Admin.Token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("admin %s: %s", path, answer.Status)
	}
	return nil
}

func (l *life) page(n int) (*sdk.Wrapupcodeentitylisting, error) {
	listing, _, err := l.routing.GetRoutingWrapupcodes(pageSize, n, "", "", "", nil, nil)
	if err != nil {
		return nil, err
	}
	if listing.Entities == nil {
		return nil, errors.New("a listing without entities")
	}
	return listing, nil
}

func (l *life) allByPageCount() ([]sdk.Wrapupcode, error) {
	found := []sdk.Wrapupcode{}
	total, count := 0, 1
	for n := 1; n <= count; n++ {
		listing, err := l.page(n)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(expect("pageNumber", number(listing.PageNumber), n),
			expect("pageSize", number(listing.PageSize), pageSize)); err != nil {
			return nil, err
		}
		found = append(found, *listing.Entities...)
		total, count = number(listing.Total), number(listing.PageCount)
	}
	if count < 3 {
		return nil, fmt.Errorf("%d pages, expected at least 3", count)
	}
	return found, errors.Join(expect("total", total, len(found)),
		expect("pageCount", count, (total+pageSize-1)/pageSize))
}

// allByNextURI follows nextUri; the typed call has no room for a URI, so its query is given back to it.
func (l *life) allByNextURI() ([]sdk.Wrapupcode, error) {
	found := []sdk.Wrapupcode{}
	for n := 1; ; {
		listing, err := l.page(n)
		if err != nil {
			return nil, err
		}
		found = append(found, *listing.Entities...)
		if listing.NextUri == nil {
			return found, expect("the page without nextUri", n, max(number(listing.PageCount), 1))
		}
		next, err := url.Parse(*listing.NextUri)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(expect("path of nextUri", next.Path, "/api/v2/routing/wrapupcodes"),
			expect("pageSize in nextUri", next.Query().Get("pageSize"), strconv.Itoa(pageSize)),
			expect("pageNumber in nextUri", next.Query().Get("pageNumber"), strconv.Itoa(n+1))); err != nil {
			return nil, err
		}
		n++
	}
}

func (l *life) expectQueueCodes(expected []string) error {
	listing, _, err := l.routing.GetRoutingQueueWrapupcodes(l.queueID, 100, 1, "")
	if err != nil {
		return err
	}
	if listing.Entities == nil {
		return errors.New("a listing without entities")
	}
	return errors.Join(expect("total", number(listing.Total), len(*listing.Entities)),
		expectAll("ids", sorted(ids(*listing.Entities)), sorted(expected)))
}

func (l *life) token() error {
	if err := l.config.AuthorizeClientCredentials("acme-admin", "acme-admin-secret"); err != nil {
		return err
	}
	return expect("long enough token", len(l.config.AccessToken) >= 16, true)
}

func (l *life) tokenRefused() error {
	err := l.newConfig().AuthorizeClientCredentials("acme-admin", "wrong")
	if err == nil {
		return errors.New("a token was given")
	}
	// The SDK takes the answer for an ordinary error body: no code is in it, the status is in the text.
	if !strings.Contains(err.Error(), "400") && !strings.Contains(err.Error(), "401") {
		return fmt.Errorf("neither 400 nor 401: %w", err)
	}
	return nil
}

func (l *life) create() error {
	for i := 1; i <= codeCount; i++ {
		name := fmt.Sprintf("%s code %d", l.run, i)
		code, answer, err := l.routing.PostRoutingWrapupcodes(sdk.Wrapupcoderequest{Name: &name})
		if err != nil {
			return err
		}
		err = errors.Join(expect("status", answer.StatusCode, 200),
			expect("correlation id", uuid.MatchString(answer.CorrelationID), true),
			expect("name", text(code.Name), name),
			expect("id is a UUID", uuid.MatchString(text(code.Id)), true),
			expect("selfUri", text(code.SelfUri), "/api/v2/routing/wrapupcodes/"+text(code.Id)),
			expect("dateCreated was read", code.DateCreated != nil && code.DateCreated.Year() >= 1970, true),
			expect("createdBy is there", code.CreatedBy != nil, true))
		if err != nil {
			return err
		}
		l.codes = append(l.codes, *code)
	}
	return nil
}

func (l *life) listByPageCount() error {
	found, err := l.allByPageCount()
	if err != nil {
		return err
	}
	mine := []string{}
	seen := map[string]bool{}
	for _, code := range found {
		seen[text(code.Id)] = true
		if strings.HasPrefix(text(code.Name), l.run) {
			mine = append(mine, text(code.Id))
		}
	}
	return errors.Join(expect("number of different ids", len(seen), len(found)),
		expectAll("codes of this run, in order", mine, ids(l.codes)))
}

func (l *life) listByNextURI() error {
	followed, err := l.allByNextURI()
	if err != nil {
		return err
	}
	counted, err := l.allByPageCount()
	if err != nil {
		return err
	}
	return expectAll("ids", ids(followed), ids(counted))
}

func (l *life) read() error {
	code, answer, err := l.routing.GetRoutingWrapupcode(*l.codes[0].Id)
	if err != nil {
		return err
	}
	return errors.Join(expect("status", answer.StatusCode, 200),
		expect("code", code.String(), l.codes[0].String()))
}

func (l *life) readTwo() error {
	wanted := []string{*l.codes[1].Id, *l.codes[2].Id}
	listing, _, err := l.routing.GetRoutingWrapupcodes(25, 1, "", "", "", wanted, nil)
	if err != nil {
		return err
	}
	return expectAll("ids", sorted(ids(*listing.Entities)), sorted(wanted))
}

func (l *life) update() error {
	name, description := l.run+" code 1, renamed", "Ü and 日本"
	request := sdk.Wrapupcoderequest{Name: &name, Description: &description}
	code, answer, err := l.routing.PutRoutingWrapupcode(*l.codes[0].Id, request)
	if err != nil {
		return err
	}
	again, _, err := l.routing.GetRoutingWrapupcode(*l.codes[0].Id)
	if err != nil {
		return err
	}
	err = errors.Join(expect("status", answer.StatusCode, 200),
		expect("id", text(code.Id), *l.codes[0].Id),
		expect("name", text(code.Name), name),
		expect("dateCreated", code.DateCreated.Equal(*l.codes[0].DateCreated), true),
		expect("name, read again", text(again.Name), name),
		expect("description, read again", text(again.Description), description))
	l.codes[0] = *again
	return err
}

func (l *life) assign() error {
	name := l.run + " queue"
	queue, _, err := l.routing.PostRoutingQueues(sdk.Createqueuerequest{Name: &name})
	if err != nil {
		return err
	}
	l.queueID = text(queue.Id)
	if err := l.expectQueueCodes(nil); err != nil {
		return err
	}
	references := []sdk.Wrapupcodereference{}
	for _, code := range l.codes[:3] {
		references = append(references, sdk.Wrapupcodereference{Id: code.Id})
	}
	given, answer, err := l.routing.PostRoutingQueueWrapupcodes(l.queueID, references)
	if err != nil {
		return err
	}
	return errors.Join(expect("status", answer.StatusCode, 200),
		expectAll("ids", sorted(ids(given)), sorted(ids(l.codes[:3]))))
}

func (l *life) listQueue() error {
	return l.expectQueueCodes(ids(l.codes[:3]))
}

func (l *life) unassign() error {
	answer, err := l.routing.DeleteRoutingQueueWrapupcode(l.queueID, *l.codes[0].Id)
	if err != nil {
		return err
	}
	return errors.Join(expect("status", answer.StatusCode, 200), l.expectQueueCodes(ids(l.codes[1:3])))
}

func (l *life) missingName() error {
	description := "no name"
	_, answer, err := l.routing.PostRoutingWrapupcodes(sdk.Wrapupcoderequest{Description: &description})
	return refused(answer, err, []int{400})
}

func (l *life) duplicateName() error {
	_, answer, err := l.routing.PostRoutingWrapupcodes(sdk.Wrapupcoderequest{Name: l.codes[1].Name})
	return refused(answer, err, []int{400, 409}, "duplicate.name")
}

func (l *life) badToken() error {
	config := l.newConfig()
	config.AccessToken = "not-a-token"
	_, answer, err := sdk.NewRoutingApiWithConfig(config).GetRoutingWrapupcode(nobody)
	return refused(answer, err, []int{401}, "bad.credentials")
}

func (l *life) readerCreates() error {
	config := l.newConfig()
	if err := config.AuthorizeClientCredentials("acme-reader", "acme-reader-secret"); err != nil {
		return err
	}
	api := sdk.NewRoutingApiWithConfig(config)
	if _, _, err := api.GetRoutingWrapupcode(*l.codes[0].Id); err != nil {
		return err
	}
	name := l.run + " forbidden"
	_, answer, err := api.PostRoutingWrapupcodes(sdk.Wrapupcoderequest{Name: &name})
	return refused(answer, err, []int{403}, "missing.permissions", "missing.any.permissions")
}

func (l *life) unknownID() error {
	_, answer, err := l.routing.GetRoutingWrapupcode(nobody)
	return refused(answer, err, []int{404}, "not.found", "resource.not.found")
}

func (l *life) tooMany() error {
	if err := l.admin("POST", "/faults", map[string]any{"preset": "429-burst", "times": 1}); err != nil {
		return err
	}
	_, answer, err := l.routing.GetRoutingWrapupcode(*l.codes[0].Id)
	if err := refused(answer, err, []int{429}, "too.many.requests.retry.after"); err != nil {
		return err
	}
	seconds, err := strconv.Atoi(answer.Response.Header.Get("Retry-After"))
	if err != nil || seconds < 1 || seconds > 60 {
		return fmt.Errorf("Retry-After: %q", answer.Response.Header.Get("Retry-After"))
	}
	time.Sleep(time.Duration(seconds) * time.Second)
	return l.read()
}

func (l *life) remove() error {
	id := *l.codes[0].Id
	answer, err := l.routing.DeleteRoutingWrapupcode(id)
	if err != nil {
		return err
	}
	if err := expect("status", answer.StatusCode, 200); err != nil {
		return err
	}
	_, answer, err = l.routing.GetRoutingWrapupcode(id)
	if err := refused(answer, err, []int{404}, "not.found", "resource.not.found"); err != nil {
		return err
	}
	answer, err = l.routing.DeleteRoutingWrapupcode(id)
	return refused(answer, err, []int{404}, "not.found", "resource.not.found")
}

func (l *life) nothingLeft() error {
	if _, err := l.routing.DeleteRoutingQueue(l.queueID, true); err != nil {
		return err
	}
	for _, code := range l.codes[1:] {
		if _, err := l.routing.DeleteRoutingWrapupcode(*code.Id); err != nil {
			return err
		}
	}
	left, err := l.allByNextURI()
	for _, code := range left {
		if strings.HasPrefix(text(code.Name), l.run) {
			return fmt.Errorf("still there: %s", code.String())
		}
	}
	return err
}

// attempt runs one step; a panic (say, of a step whose forerunner failed) is that step's failure.
func attempt(step func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return step()
}

func start(file string) (*life, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	l := &life{run: fmt.Sprintf("go-%d-%d", os.Getpid(), time.Now().UnixNano())}
	if err := json.Unmarshal(data, &l.ready); err != nil {
		return nil, err
	}
	for _, listener := range l.ready.Listeners {
		if listener.Profile == "genesys-cloud" {
			l.base = strings.TrimRight(listener.URL, "/")
		}
	}
	l.config = l.newConfig()
	l.routing = sdk.NewRoutingApiWithConfig(l.config)
	return l, nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: life READY-FILE")
		os.Exit(2)
	}
	l, err := start(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	steps := []struct {
		name string
		run  func() error
	}{
		{"token", l.token},
		{"token refused for a wrong secret", l.tokenRefused},
		{"create", l.create},
		{"list all pages by pageCount", l.listByPageCount},
		{"list all pages by nextUri", l.listByNextURI},
		{"read", l.read},
		{"read two by a list of ids", l.readTwo},
		{"update", l.update},
		{"assign to a queue", l.assign},
		{"list the queue's codes", l.listQueue},
		{"unassign", l.unassign},
		{"400 for a missing name", l.missingName},
		{"400 or 409 for a duplicate name", l.duplicateName},
		{"401 for a bad token", l.badToken},
		{"403 for a reader who creates", l.readerCreates},
		{"404 for an unknown id", l.unknownID},
		{"429, then served after Retry-After", l.tooMany},
		{"delete, then 404", l.remove},
		{"nothing is left behind", l.nothingLeft},
	}
	passed := 0
	for i, step := range steps {
		if err := attempt(step.run); err != nil {
			fmt.Printf("not ok %d - %s\n  %s\n", i+1, step.name, strings.ReplaceAll(err.Error(), "\n", "\n  "))
			continue
		}
		passed++
		fmt.Printf("ok %d - %s\n", i+1, step.name)
	}
	fmt.Printf("%d passed, %d failed\n", passed, len(steps)-passed)
	if passed != len(steps) {
		os.Exit(1)
	}
}
