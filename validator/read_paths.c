/* Values that stand side by side ("division.id") become members of objects within objects. */
#include "validator/read_int.h"

void read_paths_turn(struct read_paths *p, struct str path, struct span name, size_t from)
{
    size_t dot;
    while (p->prefix.len > 0 && !str_starts(path, p->prefix)) {
        json_make_close(p->maker, p->to);
        size_t n = p->prefix.len - 1;
        while (n > 0 && p->prefix.s[n - 1] != '.') {
            n--;
        }
        p->prefix.len = n;
    }
    while ((dot = str_find_char(str_slice(path, p->prefix.len, path.len), '.')) <
           path.len - p->prefix.len) {
        json_make_key(p->maker, str_slice(path, p->prefix.len, p->prefix.len + dot), name);
        json_make_open(p->maker, JSON_OBJECT, from);
        p->prefix = (struct str){path.s, p->prefix.len + dot + 1};
    }
    json_make_key(p->maker, str_slice(path, p->prefix.len, path.len), name);
}

void read_paths_end(struct read_paths *p)
{
    for (size_t i = 0; i < p->prefix.len; i++) {
        if (p->prefix.s[i] == '.') {
            json_make_close(p->maker, p->to);
        }
    }
    p->prefix.len = 0;
}
