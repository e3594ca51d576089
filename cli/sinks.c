/* Sink files: "genesys-provisioning" is built in, anything else is a path. */
#include "cli/sinks.h"

#include "model/model.h"

enum { SINK_BYTES_MAX = 4 << 20 };

bool sinks_read_one(struct mock_sink *out, struct arena *a, const char *name, struct err *err)
{
    struct buf file;
    buf_init(&file, a);
    buf_printf(&file, "sinks/%s.json", name);
    out->name = buf_str(&file);
    out->text = builtin_find(out->name);
    if (out->text.s) {
        return true;
    }
    out->name = str_of(name);
    if (file_read(&out->text, a, name, SINK_BYTES_MAX, err)) {
        return true;
    }
    if (err->code != ERR_NOT_FOUND) {
        return false;
    }
    buf_clear(&file);
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str known = str_of(b->name);
        if (str_starts(known, STR("sinks/"))) {
            buf_printf(&file, "%s%.*s", file.len ? ", " : "",
                       STR_ARG(str_slice(known, STR("sinks/").len, known.len - STR(".json").len)));
        }
    }
    return err_set(err, ERR_NOT_FOUND, "%s: no such file, and no built-in sinks of this name (%s)",
                   name, buf_cstr(&file));
}

bool sinks_read(struct sink_rules **out, const struct option_list *names, struct findings *fs,
                struct err *err)
{
    struct mock_sink files[OPTION_LIST_MAX];
    struct arena a;
    bool is_read = true;
    *out = NULL;
    arena_init(&a, 0, 0);
    for (size_t i = 0; is_read && i < names->n; i++) {
        is_read = sinks_read_one(&files[i], &a, names->at[i], err);
    }
    is_read = is_read && (names->n == 0 || mock_read_sinks(out, files, names->n, fs, err));
    arena_done(&a);
    return is_read;
}
