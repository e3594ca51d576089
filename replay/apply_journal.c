/* The journal on disk: what is about to be done and what is done, a line of JSON each, on the disk
 * before anything is sent. The last line may be torn: then it was not said. */
#include "replay/apply_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { JOURNAL_BYTES_MAX = 512 << 20 };

static bool append(struct apply *ap, struct buf *line, struct err *err)
{
    buf_put_char(line, '\n');
    size_t at = 0;
    while (ap->journal_fd >= 0 && at < line->len) {
        ssize_t n = write(ap->journal_fd, line->s + at, line->len - at);
        if (n < 0 && errno != EINTR) {
            return err_sys(err, errno, "cannot write the journal %s", ap->options->journal);
        }
        at += n > 0 ? (size_t)n : 0;
    }
    if (ap->journal_fd >= 0 && fdatasync(ap->journal_fd) != 0 && errno != EINVAL) {
        return err_sys(err, errno, "cannot write the journal %s", ap->options->journal);
    }
    return true;
}

static void put_head(struct buf *out, const struct apply *ap, struct str url)
{
    buf_put(out, STR("{\"format\":1,\"kind\":\"apply-journal\",\"profile\":"));
    buf_put_json_string(out, ap->contract->name);
    buf_put(out, STR(",\"url\":"));
    buf_put_json_string(out, url);
    buf_printf(out, ",\"document\":\"%016llx\",\"steps\":%zu}",
               (unsigned long long)str_hash(ap->text), ap->n_steps);
}

static void take_done(struct apply *ap, struct step *s, struct json v)
{
    struct json id = json_get(v, STR("id")), result = json_get(v, STR("result"));
    s->was_done = true;
    s->state = STATE_DONE;
    s->made_id = json_str_or(id, STR(""));
    s->result = json_exists(result) ? json_source(result) : STR("");
    if (s->as.len && s->made_id.len) {
        struct str *kept = ARENA_NEW(ap->a, struct str);
        *kept = s->made_id;
        (void)map_put(&ap->ids, s->as, kept);
    }
}

static void take_begun(struct step *s, struct json v)
{
    struct json known = json_get(v, STR("known")), base = json_get(v, STR("base"));
    s->was_begun = true;
    s->key = json_str_or(json_get(v, STR("key")), STR(""));
    s->base_text = json_exists(base) ? json_source(base) : STR("");
    for (struct json k = json_first(known); json_exists(k); k = json_next(k)) {
        (void)map_put(&s->known, json_str_or(k, STR("")), s);
    }
    s->known_text =
        json_exists(known) ? str_slice(json_source(known), 1, json_source(known).len - 1) : STR("");
}

static bool take_line(struct apply *ap, struct str line, bool *out_complete)
{
    const struct json_doc *doc = NULL;
    int64_t number = -1;
    if (!json_parse(&doc, ap->a, STR("journal"), line, NULL, NULL, NULL)) {
        return false;
    }
    struct json v = json_root(doc);
    struct str is = json_str_or(json_get(v, STR("is")), STR(""));
    *out_complete = str_eq(is, STR("complete"));
    if (*out_complete) {
        return true;
    }
    if (!json_i64(json_get(v, STR("step")), &number) || number < 0 ||
        (uint64_t)number >= ap->n_steps) {
        return false;
    }
    struct step *s = &ap->steps[number];
    if (str_eq(is, STR("done"))) {
        take_done(ap, s, v);
    } else if (str_eq(is, STR("begun"))) {
        take_begun(s, v);
    }
    return true;
}

bool apply_journal_take(struct apply *ap, struct str text, struct str head, bool *out_complete,
                        size_t *out_len, struct err *err)
{
    size_t at = 0;
    for (size_t i = 0; at < text.len; i++) {
        struct str rest = str_slice(text, at, text.len);
        size_t end = str_find_char(rest, '\n');
        struct str line = str_slice(rest, 0, end);
        if (end == rest.len) {
            break; /* torn off */
        }
        if (i == 0 && !str_eq(line, head)) {
            return err_set(err, ERR_INPUT,
                           "%s is of another document, tenant or profile; delete it, or name "
                           "another with --journal",
                           ap->options->journal);
        }
        if (i > 0 && !take_line(ap, line, out_complete)) {
            return err_set(err, ERR_INPUT, "%s: line %zu is no line of a journal",
                           ap->options->journal, i + 1);
        }
        at += end + 1;
    }
    *out_len = at;
    return true;
}

/* Nobody else, and it is ours from here on. */
static bool take_file(struct apply *ap, struct err *err)
{
    const char *path = ap->options->journal;
    ap->journal_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0600);
    if (ap->journal_fd < 0) {
        return err_sys(err, errno, "cannot open the journal %s", path);
    }
    if (flock(ap->journal_fd, LOCK_EX | LOCK_NB) != 0) {
        return err_set(err, ERR_INPUT, "another apply is at work with the journal %s", path);
    }
    return true;
}

bool apply_journal_open(struct apply *ap, struct err *err)
{
    struct str text;
    struct buf head;
    bool is_complete = false;
    size_t whole = 0;
    ap->journal_fd = -1;
    if (!ap->options->journal) {
        return !ap->options->resumes || err_set(err, ERR_INPUT, "there is no journal to resume");
    }
    buf_init(&head, ap->a);
    put_head(&head, ap, client_url(ap->client));
    if (!take_file(ap, err) ||
        !file_read(&text, ap->a, ap->options->journal, JOURNAL_BYTES_MAX, err)) {
        return false;
    }
    if (text.len && ap->options->resumes) {
        if (!apply_journal_take(ap, text, buf_str(&head), &is_complete, &whole, err)) {
            return false;
        }
    } else if (text.len && !str_ends(text, STR("{\"is\":\"complete\"}\n"))) {
        return err_set(err, ERR_INPUT,
                       "%s is of a run that did not come to its end: go on with --resume, or "
                       "delete it",
                       ap->options->journal);
    }
    if (ftruncate(ap->journal_fd, (off_t)whole) != 0) {
        return err_sys(err, errno, "cannot write the journal %s", ap->options->journal);
    }
    return whole > 0 || append(ap, &head, err);
}

bool apply_journal_begun(struct apply *ap, struct step *s, struct err *err)
{
    struct buf line = {0};
    pthread_mutex_lock(&ap->lock);
    buf_printf(&line, "{\"step\":%zu,\"is\":\"begun\"", s->number);
    if (s->key.len) {
        buf_put(&line, STR(",\"key\":"));
        buf_put_json_string(&line, s->key);
    }
    if (s->known_text.len) {
        buf_put(&line, STR(",\"known\":["));
        buf_put(&line, s->known_text);
        buf_put_char(&line, ']');
    }
    if (s->base_text.len) {
        const struct json_doc *doc = NULL;
        struct arena a;
        arena_init(&a, 0, 0);
        if (json_parse(&doc, &a, STR("base"), s->base_text, NULL, NULL, NULL)) {
            buf_put(&line, STR(",\"base\":"));
            json_put(&line, json_root(doc)); /* on one line */
        }
        arena_done(&a);
    }
    buf_put_char(&line, '}');
    bool is_well = s->was_begun || append(ap, &line, err);
    pthread_mutex_unlock(&ap->lock);
    buf_done(&line);
    return is_well;
}

bool apply_journal_done(struct apply *ap, struct step *s, struct err *err)
{
    struct buf line = {0};
    const struct json_doc *doc = NULL;
    struct arena a;
    arena_init(&a, 0, 0);
    buf_printf(&line, "{\"step\":%zu,\"is\":\"done\",\"id\":", s->number);
    buf_put_json_string(&line, s->made_id);
    if (s->result.len && json_parse(&doc, &a, STR("result"), s->result, NULL, NULL, NULL)) {
        buf_put(&line, STR(",\"result\":"));
        json_put(&line, json_root(doc));
    }
    buf_put_char(&line, '}');
    bool is_well = append(ap, &line, err);
    arena_done(&a);
    buf_done(&line);
    return is_well;
}

bool apply_journal_end(struct apply *ap, bool is_complete, struct err *err)
{
    struct buf line = {0};
    bool is_well = true;
    if (ap->journal_fd >= 0 && is_complete) {
        buf_put(&line, STR("{\"is\":\"complete\"}"));
        is_well = append(ap, &line, err);
    }
    buf_done(&line);
    fd_close(&ap->journal_fd);
    return is_well;
}
