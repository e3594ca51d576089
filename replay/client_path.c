/* Paths of operations, filled in. */
#include "replay/client_int.h"

static struct str plain_text(struct json v)
{
    return json_kind(v) == JSON_STRING   ? json_str(v)
           : json_kind(v) == JSON_NUMBER ? json_number_text(v)
                                         : STR("");
}

/* What a path parameter that names no entity is, the API's version mostly: the newest. */
static struct str usual_value(const struct operation *op, struct str name)
{
    for (size_t i = 0; i < op->n_parameters; i++) {
        const struct parameter *p = &op->parameters[i];
        struct json schema = json_get(p->source, STR("schema"));
        struct json first = json_first(json_get(schema, STR("enum"))),
                    most = json_get(schema, STR("maximum"));
        if (str_eq(p->name, name) && str_eq(p->in, STR("path"))) {
            return json_exists(first)  ? plain_text(first)
                   : json_exists(most) ? plain_text(most)
                                       : (struct str){0};
        }
    }
    return (struct str){0};
}

bool client_has_usual_value(const struct operation *op, struct str name)
{
    return usual_value(op, name).s != NULL;
}

struct str client_path(struct arena *a, const struct operation *op,
                       const struct client_value *values, size_t n)
{
    struct buf out;
    buf_init(&out, a);
    for (size_t i = 0; i < op->n_segments; i++) {
        const struct segment *s = &op->segments[i];
        buf_put_char(&out, '/');
        if (!s->is_parameter) {
            buf_put(&out, s->text);
            continue;
        }
        struct str value = {0};
        for (size_t k = 0; k < n; k++) {
            value = str_eq(values[k].name, s->text) ? values[k].value : value;
        }
        buf_put(&out, s->before);
        value = value.s ? value : usual_value(op, s->text);
        uri_encode(&out, value.s ? value : STR("x"));
        buf_put(&out, s->after);
    }
    return buf_str(&out);
}

void client_add_query(struct buf *path, struct str name, struct str value)
{
    struct str so_far = buf_str(path);
    buf_put_char(path, str_find_char(so_far, '?') < so_far.len ? '&' : '?');
    uri_encode(path, name);
    buf_put_char(path, '=');
    uri_encode(path, value);
}
