/* The loader: a good profile, then that profile with one thing wrong at a time; the message and the
 * place of each. */
#include "tests/unit/unit.h"

#include "model/model.h"

#include <stdio.h>

struct wrong {
    const char *from, *to; /* one replacement in tests/unit/data/small.json */
    const char *message;   /* of the first error, or a part of it */
    const char *at;        /* text that stands in the line of the finding */
};

static const struct wrong wrongs[] = {
    {"\"action\": \"read\"", "\"action\": \"read\", \"wait\": {\"maxS\": 5}",
     "only a \"list\" waits", "\"wait\""},
    {"\"action\": \"read\"", "\"action\": \"read\", \"wait\": {}", "\"maxS\" is missing", "wait"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"effects\": [{\"create\": \"cod\", \"set\": {}}]",
     "there is no resource \"cod\"; did you mean \"code\"?", "effects"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"effects\": [{\"links\": \"group\", \"in\": \"a\", \"set\": {}}]",
     "the parent of these links is another resource", "effects"},
    {"\"action\": \"read\"", "\"action\": \"read\", \"token\": {\"grants\": [\"pasword\"]}",
     "there is no grant \"pasword\"; did you mean \"password\"?", "pasword"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"token\": {\"grants\": [\"password\"], \"public\": [\"x\"]}",
     "this is none of the grants", "\"x\""},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"token\": {\"grants\": [\"password\"], \"always\": \"x\"}",
     "this is none of the grants", "\"x\""},
    {"\"format\": 1", "\"format\": 1, \"accept\": {\"media\": \"a/b\", \"case\": \"rout\"}",
     "there is no error case \"rout\"; did you mean \"route\"?", "accept"},
    {"{\"emptyBearer\": \"refuse\"}", "{\"jwt\": {\"claims\": {\"a\": \"{tokn.id}\"}}}",
     "names no variable that there is", "claims"},
    {"\"format\": 1", "\"format\": 1, \"path\": {\"case\": \"ignored\"}", "allowed: exact, ignore",
     "path"},
    {"\"title\": \"code\",",
     "\"title\": \"code\", \"audit\": {\"resource\": \"x\", \"record\": {}},",
     "there is no resource \"x\"", "audit"},
    {"\"format\": 1", "\"format\": 1, \"floor\": {\"codes\": {\"resource\": \"cod\"}}",
     "there is no resource \"cod\"; did you mean \"code\"?", "floor"},
    {"\"format\": 1", "\"format\": 1, \"floor\": {}", "\"codes\" is missing", "floor"},
    {"\"format\": 1",
     "\"format\": 1, \"floor\": {\"codes\": {\"resource\": \"code\", \"from\": \"nmae\"}}",
     "there is no member \"nmae\"; did you mean \"name\"?", "floor"},
    {"\"format\": 1",
     "\"format\": 1, \"floor\": {\"codes\": {\"resource\": \"code\", \"requires\": [{\"field\": "
     "\"name\"}]}}",
     "nothing is asked", "floor"},
    {"\"format\": 1",
     "\"format\": 1, \"floor\": {\"codes\": {\"resource\": \"code\"}, \"queues\": {\"resource\": "
     "\"group\"}}",
     "no \"assigned\" that say which codes they have", "floor"},
    {"\"format\": 1",
     "\"format\": 1, \"floor\": {\"codes\": {\"resource\": \"code\", \"duration\": {\"field\": "
     "\"name\", \"min\": 5, \"max\": 3}}}",
     "\"max\" is below \"min\"", "floor"},
    {"\"format\": 1", "\"format\": 2", "\"format\" is 2; allowed: 1", "\"format\": 2"},
    {"\"style\": \"pages\"", "\"style\": \"page\"", "allowed: pages, cursor, offset",
     "\"style\": \"page\""},
    {"\"to\": \"group\", \"except\"", "\"to\": \"grup\", \"except\"", "did you mean \"group\"?",
     "grup"},
    {"\"paging\": \"pages\"", "\"paging\": \"pges\"",
     "there is no paging \"pges\"; did you mean \"pages\"?", "pges"},
    {"\"action\": \"read\"", "\"action\": \"raed\"", "allowed: token", "raed"},
    {"\"action\": \"read\"", "\"action\": \"named\"",
     "\"named\" is not one that this program knows", "\"named\""},
    {"{request.id}", "{request.id", "opens a brace that it does not close", "X-Id"},
    {"{request.id}", "{requst.id}", "names no variable that there is", "X-Id"},
    {"#/components/schemas/Code\"", "#/components/schemas/Cod\"", "leads nowhere", "schemas/Cod\""},
    {"\"$policy\": \"unknown\"", "\"$policy\": \"unknwn\"", "there is no policy \"unknwn\"",
     "unknwn"},
    {"\"refuse\": \"refuse\"}", "\"refused\": \"refuse\"}",
     "the choice \"refuse\" of policy \"unknown\" is missing", "refused"},
    {"\"version\": {\"status\": 409", "\"versio\": {\"status\": 409",
     "the error case \"version\" is missing", "cases"},
    {"\"missing\": \"reference\", \"onDelete\": \"block\"",
     "\"missing\": \"referenc\", \"onDelete\": \"block\"",
     "there is no error case \"referenc\"; did you mean \"reference\"?", "referenc\""},
    {"\"operationId\": \"readCode\", ", "", "\"operationId\" is missing", "\"get\""},
    {"\"etag\": true", "\"etag\": true, \"etags\": true", "\"etags\" is not a known member",
     "etags"},
    {"\"name\": \"small\"", "\"name\": \"small\", \"name\": \"x\"", "name", "small"},
    {"\"rates\": []",
     "\"rates\": [{\"name\": \"r\", \"key\": \"token\", \"limit\": 1, \"windowS\": "
     "9000000000000000000}]",
     "\"windowS\" is too great", "windowS"},
    {"\"etag\": true", "\"show\": {\"$count\": {\"resource\": \"cod\"}}",
     "there is no resource \"cod\"; did you mean \"code\"?", "\"cod\""},
    {"\"etag\": true",
     "\"show\": {\"$count\": {\"resource\": \"code\", \"where\": {\"a..b\": \"x\"}}}",
     "this is no field path", "a..b"},
    {"\"etag\": true", "\"show\": [\"{row}\"]", "{row} is there only within", "row"},
    {"\"label\": \"{entity.name}!\"", "\"label\": {\"$count\": {\"resource\": \"code\"}}",
     "entities cannot be looked at here", "$count"},
    {"\"action\": \"create\", \"resource\": \"code\"",
     "\"action\": \"create\", \"resource\": \"code\", \"render\": \"target\", \"show\": 1",
     "both say what is shown", "\"show\""},
    {"\"onDelete\": \"block\"", "\"onDelete\": \"block\", \"edge\": \"hurts\"",
     "allowed: blocks, breaks, silences, shifts, shows", "\"hurts\""},
    {"\"onDelete\": \"block\"", "\"onDelete\": \"block\", \"unknown\": \"drop\"", "only names",
     "\"drop\""},
    {"\"action\": \"read\"", "\"action\": \"job\", \"stage\": \"status\"", "\"job\" is missing",
     "job"},
    {"\"action\": \"read\"", "\"action\": \"job\", \"stage\": \"status\", \"job\": \"x\"",
     "there is no job \"x\"", "\"x\""},
    {"\"rates\": []",
     "\"rates\": [], \"jobs\": {\"j\": {\"query\": \"q\", \"cancelled\": \"C\", \"states\": "
     "[{\"state\": "
     "\"A\"}]}}",
     "there is no query \"q\"", "jobs"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"list\": {}}}, \"jobs\": "
     "{\"j\": "
     "{\"query\": \"q\", \"cancelled\": \"C\", \"states\": [{\"state\": \"A\"}]}}",
     "has the error case \"job\"", "cases"},
    {"\"action\": \"read\"", "\"action\": \"query\", \"query\": \"searh\"",
     "there is no query \"searh\"", "searh"},
    {"\"action\": \"read\"", "\"action\": \"query\"", "\"query\" is missing", "query"},
    {"\"rates\": []", "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"cod\", \"list\": {}}}",
     "there is no resource \"cod\"", "cod"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"rows\": \"a\", \"list\": {}}}",
     "rows are the items of a list", "rows"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"dimensions\": {\"d\": "
     "\"nam\"}, "
     "\"list\": {}}}",
     "there is no member \"nam\"; did you mean \"name\"?", "nam"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"metrics\": {\"n\": "
     "{\"value\": "
     "\"lengt\"}}, \"groups\": {\"by\": \"b\", \"metrics\": \"m\"}}}",
     "there is no member \"lengt\"", "lengt"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"list\": {\"page\": "
     "{\"default\": 26, \"max\": 25}}}}",
     "the default is greater than", "26"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"interval\": {\"from\": "
     "\"a\", \"time\": \"t\"}, \"list\": {}}}",
     "to", "interval"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"filters\": [{\"in\": \"a\", "
     "\"equals\": \"b\", \"text\": {\"is\": \":\"}}], \"list\": {}}}",
     "not", "\"in\""},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"metrics\": {\"n\": "
     "{\"where\": "
     "{\"colour\": \"x\"}}}, \"groups\": {\"by\": \"b\", \"metrics\": \"m\"}}}",
     "there is no dimension \"colour\"", "colour"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"metrics\": {\"n\": {\"sum\": "
     "[\"n\"]}}, \"groups\": {\"by\": \"b\", \"metrics\": \"m\"}}}",
     "is no metric before", "sum"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"rows\": \"a[]\", \"metrics\": "
     "{\"n\": {\"rows\": \"b[]\"}}, \"groups\": {\"by\": \"b\", \"metrics\": \"m\"}}}",
     "within those of the query", "b[]"},
    {"\"rates\": []",
     "\"rates\": [], \"queries\": {\"q\": {\"resource\": \"code\", \"metrics\": {\"n\": "
     "{\"from\": \"a\"}}, \"groups\": {\"by\": \"b\", \"metrics\": \"m\"}}}",
     "go together", "from"},
    {"\"action\": \"read\"", "\"action\": \"read\", \"part\": [{\"list\": \"a\"}]",
     "nothing says which item is meant", "\"list\""},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"part\": [{\"list\": \"a\", \"by\": \"b\", \"param\": \"c\"}]",
     "there is no path parameter \"c\"", "param"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"part\": [{\"list\": \"a\", \"take\": \"last\", \"missing\": \"x\"}]",
     "there is no error case \"x\"", "missing"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"guards\": [{\"case\": \"schema\", \"if\": {\"boddy.x\": 1}}]",
     "did you mean \"body.x\"?", "boddy"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"guards\": [{\"case\": \"schema\", \"if\": {\"id\": {\"unknown\": "
     "\"cod\"}}}]",
     "there is no resource \"cod\"", "unknown"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"guards\": [{\"case\": \"schema\", \"if\": {\"id\": {\"nott\": 1}}}]",
     "nott", "nott"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"guards\": [{\"case\": \"schema\", \"if\": {\"id\": {\"unlinked\": "
     "\"code\", \"parent\": \"id\"}}}]",
     "this resource is no set of links", "unlinked"},
    {"\"action\": \"read\"", "\"action\": \"read\", \"changes\": [{\"set\": {}}]",
     "only \"merge\" has changes", "changes"},
    {"\"action\": \"read\"", "\"action\": \"merge\", \"changes\": [{\"up\": 1, \"set\": {}}]",
     "leads out of the entity", "up"},
    {"\"action\": \"read\"",
     "\"action\": \"delete\", \"part\": [{\"list\": \"a\", \"take\": \"last\"}]",
     "know parts and guards", "part"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"of\": {\"resource\": \"code\", \"key\": \"k\", \"parent\": \"id\"}",
     "only a list of links", "of"},
    {"\"action\": \"read\"", "\"action\": \"graph\", \"graph\": {\"find\": \"object\"}",
     "this needs \"id\" and \"type\"", "\"find\""},
    {"\"action\": \"read\"",
     "\"action\": \"graph\", \"graph\": {\"find\": \"all\", \"name\": \"nam\"}",
     "there is no parameter \"nam\"", "\"nam\""},
    {"\"action\": \"read\"", "\"action\": \"channel\", \"channel\": {\"do\": \"open\"}",
     "says nothing of \"channels\"", "\"channel\""},
    {"\"operationId\": \"readCode\"", "\"operationId\": \"listCodes\"",
     "another operation is called \"listCodes\" too", "listCodes"},
    {"{\"name\": \"page\", \"in\"", "{\"name\": \"size\", \"in\"",
     "there is a parameter \"size\" in query already", "\"size\""},
    {"\"201\": {\"description\": \"made\"}", "\"404\": {\"description\": \"made\"}",
     "no response is a success", "made"},
    {"\"to\": \"group\", \"except\"", "\"to\": \"group\", \"by\": \"name\", \"except\"",
     "\"name\" is not unique among \"group\"", "\"by\""},
    {"\"fields\": [\"name\"]", "\"fields\": [\"nmae\"]",
     "there is no member \"nmae\"; did you mean \"name\"?", "nmae"},
    {"\"per\": [\"group.id\"]", "\"per\": [\"group.di\"]",
     "\"group.di\": the schema of \"code\" has no \"di\" there", "group.di"},
    {"\"field\": \"tags[].id\"", "\"field\": \"tags[].di\"",
     "the schema of \"code\" has no \"di\" there", "tags[].di"},
    {"{\"query\": \"name\", \"field\"", "{\"query\": \"nmae\", \"field\"",
     "there is no query parameter \"nmae\"; did you mean \"name\"?", "nmae"},
    {"\"etag\": true", "\"defaultsWhole\": [\"gruop\"]", "there is no member \"gruop\"", "gruop"},
    {"\"action\": \"create\", \"resource\": \"code\"",
     "\"action\": \"create\", \"resource\": \"code\", \"copy\": {\"from\": \"sourceId\"}",
     "no body has the member \"sourceId\"", "sourceId"},
    {"\"action\": \"read\"",
     "\"action\": \"assign\", \"objects\": {\"param\": \"id\", \"kinds\": {\"A\": {\"resource\": "
     "\"group\", \"field\": \"nam\"}}}",
     "there is no member \"nam\"", "\"nam\""},
    {"\"query\": \"name\", \"field\": \"name\"", "\"query\": \"name\", \"field\": \"nam\"",
     "there is no member \"nam\"", "\"nam\""},
    {"\"etag\": true",
     "\"show\": {\"$count\": {\"resource\": \"group\", \"where\": {\"nam\": \"x\"}}}",
     "there is no member \"nam\"", "\"nam\""},
    {"\"etag\": true", "\"show\": \"{path.kode}\"", "no operation has no path parameter \"kode\"",
     "kode"},
    {"\"action\": \"create\", \"resource\": \"code\"",
     "\"action\": \"create\", \"resource\": \"code\", \"item\": {\"name\": \"{query.size}\"}",
     "the operation has no query parameter \"size\"", "query.size"},
    {"\"etag\": true", "\"show\": \"{policy.unknwn}\"", "there is no policy \"unknwn\"", "unknwn"},
    {"\"action\": \"read\"", "\"action\": \"link-remove\"", "\"code\" says nothing of \"links\"",
     "link-remove"},
    {"\"default\": 5,", "\"default\": 50,", "the default is not between min and max", "50"},
    {"\"min\": 1, \"max\": 10", "\"min\": 11, \"max\": 10", "the least page is larger", "11"},
    {"\"first\": 1, \"max\": 0", "\"first\": 2, \"max\": 1", "the last page is before the first",
     "\"first\": 2"},
    {"[\"U202\", \"R\"]", "[\"U202\", \"S999\"]", "no finding has the id \"S999\"", "S999"},
    {"\"ignore\": \"ignore\", ", "\"ignore\": \"ignore\", \"ignroe\": 1, ",
     "\"ignroe\" is no choice of policy \"unknown\"", "ignroe"},
    {"\"X-Id\": ", "\"X Id\": ", "\"X Id\" is no name of a header", "X Id"},
    {"\"paging\": \"pages\"",
     "\"paging\": \"pages\", \"sort\": {\"by\": {\"query\": \"s\", \"values\": {\"name\": 0}, "
     "\"default\": \"nme\"}}",
     "the default is none of the values", "nme"},
    {"\"paging\": \"pages\"",
     "\"paging\": \"pages\", \"sort\": {\"direction\": {\"query\": \"d\", \"ascending\": [\"a\"], "
     "\"descending\": [\"d\"], \"default\": \"x\"}}",
     "the default is neither ascending nor descending", "\"x\""},
    {"\"Group\": {\"type\"",
     "\"Round\": {\"allOf\": [{\"$ref\": \"#/components/schemas/Round\"}]}, \"Group\": {\"type\"",
     "this schema comes back to itself without end", "Round"},
    {"\"action\": \"read\"",
     "\"action\": \"read\", \"refuses\": [{\"when\": true, \"case\": \"in_use\"}]",
     "\"refuses\" is about writes", "refuses"},
    {"\"etag\": true",
     "\"show\": {\"$count\": {\"resource\": \"group\", \"where\": {\"name\": null}}}",
     "the first field needs a text", "null"},
    {"\"action\": \"read\"", "\"action\": \"read\", \"copy\": {\"from\": \"name\"}",
     "\"copy\" is for the action \"create\"", "\"copy\""},
    {"\"action\": \"create\", \"resource\": \"code\"",
     "\"action\": \"create\", \"resource\": \"code\", \"copy\": {\"from\": \"name\", \"links\": "
     "[\"member\"]}",
     "\"member\" are no links of what is created here", "member"},
    {"\"action\": \"read\"",
     "\"action\": \"assign\", \"objects\": {\"param\": \"x\", \"kinds\": {\"A\": {\"resource\": "
     "\"code\", \"field\": \"tags[].id\"}}}",
     "an id cannot be assigned to a list", "tags[].id"},
    {"\"action\": \"read\"",
     "\"action\": \"assign\", \"objects\": {\"param\": \"x\", \"kinds\": {}}",
     "the path has no parameter \"x\"", "\"x\""},
    {"\"action\": \"read\"", "\"action\": \"read\", \"side\": \"target\"",
     "\"side\" is about links, and \"code\" are none", "\"side\""},
    {"\"paging\": \"pages\"", "\"paging\": \"p\\n\"", "there is no paging \"p\\u000a\"",
     "\"p\\n\""},
    {"\"etag\": true",
     "\"events\": [{\"on\": \"created\", \"topic\": \"t\", \"body\": 1, \"each\": \"a.b\"}]",
     "this wants a list of the entity", "a.b"},
    {"\"maxLength\": 10", "\"maxLength\": \"10\"", "maxLength", "\"maxLength\": \"10\""},
    {"\"pattern\": \"^[A-Za-z ]*$\"", "\"pattern\": \"^[A-Za-z *$\"", "pattern", "pattern"},
};
enum { WRONGS = sizeof wrongs / sizeof *wrongs };

static struct str read_small(struct arena *a)
{
    struct str text;
    struct err err = {0};
    ck_assert(file_read(&text, a, "tests/unit/data/small.json", 1 << 20, &err));
    return text;
}

static struct str replace(struct arena *a, struct str text, struct str from, struct str to)
{
    struct buf out;
    size_t at = str_find(text, from);
    ck_assert_msg(at < text.len, "the profile lacks %.*s", STR_ARG(from));
    buf_init(&out, a);
    buf_put(&out, str_slice(text, 0, at));
    buf_put(&out, to);
    buf_put(&out, str_slice(text, at + from.len, text.len));
    buf_put_char(&out, '\0');
    out.len--;
    return buf_str(&out);
}

static struct str line_of(struct str text, uint32_t line)
{
    struct str head = {0};
    for (uint32_t i = 0; i < line && str_cut(&text, '\n', &head); i++) {
    }
    return head;
}

START_TEST(wrong_profiles_are_refused_where_they_are_wrong)
{
    const struct wrong *w = &wrongs[_i];
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct str text = replace(&a, read_small(&a), str_of(w->from), str_of(w->to));
    ck_assert(!contract_load(&c, STR("small.json"), text, NULL, 0, &fs, &err));
    ck_assert(err.code != ERR_NONE && err.msg[0]);
    bool is_told = false;
    for (size_t i = 0; i < fs.len; i++) {
        struct str line = line_of(text, fs.at[i].line);
        is_told =
            is_told || (str_find(fs.at[i].message, str_of(w->message)) < fs.at[i].message.len &&
                        str_find(line, str_of(w->at)) < line.len);
    }
    if (fs.len == 0) { /* refused by a library below: the error alone tells */
        struct str message = str_of(err.msg);
        is_told = str_find(message, str_of(w->message)) < message.len;
    }
    for (size_t i = 0; !is_told && i < fs.len; i++) {
        printf("%u:%u %.*s\n", fs.at[i].line, fs.at[i].column, STR_ARG(fs.at[i].message));
    }
    ck_assert_msg(is_told, "%s -> %s: not told: %s", w->from, w->to, err.msg);
    arena_done(&a);
}
END_TEST

/* The schema is that of three operations. */
START_TEST(one_mistake_is_told_once)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL;
    size_t told = 0;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct str text = replace(&a, read_small(&a), STR("\"^[A-Za-z ]*$\""), STR("\"^[A-Za-z *$\""));
    ck_assert(!contract_load(&c, STR("small.json"), text, NULL, 0, &fs, &err));
    for (size_t i = 0; i < fs.len; i++) {
        told += str_find(fs.at[i].message, STR("pattern")) < fs.at[i].message.len;
    }
    ck_assert_uint_eq(told, 1);
    arena_done(&a);
}
END_TEST

START_TEST(methods_of_a_path_are_listed)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL;
    struct buf out = {0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert(contract_load(&c, STR("small.json"), read_small(&a), NULL, 0, &fs, &err));
    buf_put(&out, STR("Allow: "));
    contract_methods(&out, c, STR("/codes"));
    ck_assert_str_eq(buf_cstr(&out), "Allow: GET, HEAD, POST, OPTIONS");
    buf_done(&out);
    contract_free(c);
    arena_done(&a);
}
END_TEST

START_TEST(a_good_profile_is_compiled)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert_msg(contract_load(&c, STR("small.json"), read_small(&a), NULL, 0, &fs, &err), "%s",
                  err.msg);
    ck_assert_uint_eq(c->n_operations, 6);
    const struct operation *op = contract_operation(c, STR("createCode"));
    ck_assert(op && op->action == ACTION_CREATE && op->status == 201 && !op->needs_token);
    ck_assert(str_eq(op->resource->name, STR("code")));
    ck_assert(str_eq(contract_case(c, op, STR("schema.required"))->code, STR("required")));
    ck_assert(str_eq(contract_case(c, op, STR("schema.enum"))->code, STR("schema")));
    ck_assert(contract_resource(c, STR("nothing")) == NULL);
    contract_free(c);
    arena_done(&a);
}
END_TEST

static const struct {
    const char *method, *path, *id, *value;
    bool is_other_method;
} routes[] = {
    {"GET", "/codes", "listCodes", NULL, false},
    {"HEAD", "/codes", "listCodes", NULL, false},
    {"POST", "/codes", "createCode", NULL, false},
    {"POST", "/codes/batch", "batchCodes", NULL, false},
    {"GET", "/codes/batch", NULL, NULL, true}, /* the literal wins, and has no GET */
    {"GET", "/codes/7", "readCode", "7", false},
    {"GET", "/codes/a%20b", "readCode", "a%20b", false},
    {"PATCH", "/codes/7", NULL, NULL, true},
    {"GET", "/codes/", NULL, NULL, false},
    {"GET", "/codes/7/8", NULL, NULL, false},
    {"GET", "", NULL, NULL, false},
    {"GET", "codes", NULL, NULL, false},
    {"GET", "//codes", NULL, NULL, false},
};

START_TEST(paths_lead_to_operations)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert(contract_load(&c, STR("small.json"), read_small(&a), NULL, 0, &fs, &err));
    struct route r = contract_route(c, str_of(routes[_i].method), str_of(routes[_i].path));
    ck_assert_int_eq(r.op != NULL, routes[_i].id != NULL);
    ck_assert(!r.op || str_eq(r.op->id, str_of(routes[_i].id)));
    ck_assert(!routes[_i].value || str_eq(r.values[0], str_of(routes[_i].value)));
    ck_assert_int_eq(r.is_other_method, routes[_i].is_other_method);
    contract_free(c);
    arena_done(&a);
}
END_TEST

START_TEST(built_in_profiles_load_with_every_choice_of_every_policy)
{
    static const char *const names[] = {"genesys-cloud", "genesys-definitions",
                                        "cxone-interaction-config"};
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct contract *c = NULL, *other = NULL;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    ck_assert_msg(contract_open(&c, names[_i], NULL, 0, &fs, &err), "%s", err.msg);
    for (size_t i = 0; i < c->n_policies; i++) {
        for (size_t k = 0; k < c->policies[i].n; k++) {
            struct policy_choice choice = {c->policies[i].name, c->policies[i].choices[k]};
            ck_assert_msg(contract_open(&other, names[_i], &choice, 1, &fs, &err), "%.*s=%.*s: %s",
                          STR_ARG(choice.name), STR_ARG(choice.value), err.msg);
            contract_free(other);
        }
    }
    struct policy_choice unknown = {STR("no-such"), STR("x")};
    ck_assert(!contract_open(&other, names[_i], &unknown, 1, &fs, &err));
    contract_free(c);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contract");
    TCase *tcase = tcase_create("contract");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, wrong_profiles_are_refused_where_they_are_wrong, 0, WRONGS);
    tcase_add_test(tcase, one_mistake_is_told_once);
    tcase_add_test(tcase, methods_of_a_path_are_listed);
    tcase_add_test(tcase, a_good_profile_is_compiled);
    tcase_add_loop_test(tcase, paths_lead_to_operations, 0, (int)(sizeof routes / sizeof *routes));
    tcase_add_loop_test(tcase, built_in_profiles_load_with_every_choice_of_every_policy, 0, 3);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
