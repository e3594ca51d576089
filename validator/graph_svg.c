/* The graph as a picture: columns by level, who names whom on the left; lines in the colour of their kind. */
#include "validator/graph_view.h"

enum { BOX = 210, HIGH = 40, GAP_X = 110, GAP_Y = 16, MARGIN = 16, LEGEND = 34 };
enum { LABEL_CODE_POINTS = 28 };

static const char *const colours[EDGE_KIND_COUNT] = {"#b00020", "#d1571b", "#7b3fa0", "#1f5fa8",
                                                     "#999999"};
static const char *const dashes[EDGE_KIND_COUNT] = {"", "", "6 4", "", "2 3"};

void deps_put_markup(struct buf *out, struct str s)
{
    size_t bad = 0;
    while (s.len) {
        unsigned char c = (unsigned char)s.s[0];
        struct str one = {s.s, 1};
        if (c >= 0x80) { /* a whole character, or the first byte of what is none */
            size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            one.len = len <= s.len ? len : 1;
            bool is_well =
                one.len == len && str_is_utf8(one, &bad) &&
                !(c == 0xef && (unsigned char)s.s[1] == 0xbf && (unsigned char)s.s[2] >= 0xbe);
            buf_put(out, is_well ? one : STR("\xef\xbf\xbd"));
            one.len = is_well ? one.len : 1;
        } else if (c == '&') {
            buf_put(out, STR("&amp;"));
        } else if (c == '<') {
            buf_put(out, STR("&lt;"));
        } else if (c == '>') {
            buf_put(out, STR("&gt;"));
        } else if (c == '"') {
            buf_put(out, STR("&quot;"));
        } else if (c < 0x20 || c == 0x7f) {
            buf_put(out, c == '\n' || c == '\t' ? STR(" ") : STR("\xef\xbf\xbd"));
        } else {
            buf_put_char(out, (char)c);
        }
        s = str_slice(s, one.len, s.len);
    }
}

/* So many code points of a text, "…" for the rest. */
static void put_short(struct buf *out, struct str s)
{
    size_t n = 0, i = 0;
    while (i < s.len && n < LABEL_CODE_POINTS) {
        i++;
        while (i < s.len && ((unsigned char)s.s[i] & 0xc0) == 0x80) {
            i++;
        }
        n++;
    }
    deps_put_markup(out, str_slice(s, 0, i));
    buf_put(out, i < s.len ? STR("…") : STR(""));
}

struct layout {
    const struct deps_view *view;
    uint32_t *row; /* by place */
    uint32_t columns, rows;
};

static int x_of(const struct layout *l, size_t place)
{
    int column = (int)(l->columns - 1 - l->view->level[place]);
    return MARGIN + column * (BOX + GAP_X);
}

static int y_of(const struct layout *l, size_t place)
{
    return MARGIN + LEGEND + (int)l->row[place] * (HIGH + GAP_Y);
}

static void lay_out(struct layout *l, struct arena *a)
{
    const struct deps_view *v = l->view;
    uint32_t *used = ARENA_ARRAY(a, v->n + 2, uint32_t);
    l->row = ARENA_ARRAY(a, v->n + 1, uint32_t);
    l->columns = l->rows = 1;
    for (size_t i = 0; i < v->n; i++) {
        l->row[i] = used[v->level[i]]++;
        l->rows = used[v->level[i]] > l->rows ? used[v->level[i]] : l->rows;
        l->columns = v->level[i] + 1 > l->columns ? v->level[i] + 1 : l->columns;
    }
}

static void put_node(struct buf *out, const struct layout *l, size_t i)
{
    const struct deps_view *v = l->view;
    const struct deps_node *node = deps_node(v->graph, v->nodes[i]);
    int x = x_of(l, i), y = y_of(l, i);
    buf_printf(out,
               "<g><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\" fill=\"%s\" "
               "stroke=\"%s\" stroke-width=\"%d\"%s/><text x=\"%d\" y=\"%d\" font-size=\"10\" "
               "fill=\"#666\">",
               x, y, BOX, HIGH, v->marked[i] ? "#fff3d6" : "#f7f7f7",
               node->is_missing ? "#b00020" : "#777", v->marked[i] ? 2 : 1,
               node->is_missing ? " stroke-dasharray=\"4 3\""
               : node->resource ? ""
                                : " stroke-dasharray=\"8 2\"",
               x + 8, y + 14);
    put_short(out, node->type);
    buf_put(out, node->is_missing ? STR(" (missing)") : STR(""));
    buf_printf(out, "</text><text x=\"%d\" y=\"%d\" font-size=\"13\" fill=\"#111\">", x + 8,
               y + 31);
    put_short(out, node->name.len ? node->name : node->id);
    buf_put(out, STR("</text><title>"));
    deps_put_markup(out, node->type);
    buf_put_char(out, ' ');
    deps_put_markup(out, node->name);
    buf_put_char(out, ' ');
    deps_put_markup(out, node->id);
    buf_put(out, STR("</title></g>\n"));
}

static void put_edge(struct buf *out, const struct layout *l, const struct deps_edge *e,
                     size_t times)
{
    const struct deps_view *v = l->view;
    uint32_t from = v->place[e->from], to = v->place[e->to];
    int x1 = x_of(l, from) + BOX, y1 = y_of(l, from) + HIGH / 2;
    int x2 = x_of(l, to), y2 = y_of(l, to) + HIGH / 2;
    int bend = x2 > x1 ? (x2 - x1) / 2 : GAP_X / 2;
    buf_printf(out,
               "<g><path d=\"M%d %dC%d %d %d %d %d %d\" fill=\"none\" stroke=\"%s\" "
               "stroke-width=\"1.5\" marker-end=\"url(#%s)\"",
               x1, y1, x1 + bend, y1, x2 - bend, y2, x2 - 6, y2, colours[e->kind],
               edge_kind_name(e->kind).s);
    if (dashes[e->kind][0]) {
        buf_printf(out, " stroke-dasharray=\"%s\"", dashes[e->kind]);
    }
    buf_put(out, STR("/><title>"));
    deps_put_markup(out, e->pointer);
    buf_put(out, STR(": "));
    buf_put(out, edge_kind_name(e->kind));
    if (times > 1) {
        buf_printf(out, ", %zu places", times);
    }
    buf_put(out, STR("</title></g>\n"));
}

/* Edges of the same ends and kind are one line. */
static void put_edges(struct buf *out, const struct layout *l)
{
    const struct deps_view *v = l->view;
    for (size_t i = 0; i < v->n; i++) {
        uint32_t node = v->nodes[i];
        size_t n = deps_uses_count(v->graph, node);
        for (size_t k = 0; k < n; k++) {
            const struct deps_edge *e = deps_use(v->graph, node, k);
            size_t times = 0;
            bool is_first = v->place[e->to] != DEPS_NONE;
            for (size_t b = 0; b < n && is_first; b++) {
                const struct deps_edge *other = deps_use(v->graph, node, b);
                bool is_same = other->to == e->to && other->kind == e->kind;
                is_first = !is_same || b >= k;
                times += is_same;
            }
            if (is_first) {
                put_edge(out, l, e, times);
            }
        }
    }
}

static void put_legend(struct buf *out)
{
    buf_put(out, STR("<defs>"));
    for (size_t i = 0; i < EDGE_KIND_COUNT; i++) {
        buf_printf(out,
                   "<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"7\" "
                   "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"%s\"/>"
                   "</marker>",
                   edge_kind_name((enum edge_kind)i).s, colours[i]);
    }
    buf_put(out, STR("</defs>\n"));
    for (size_t i = 0; i < EDGE_KIND_COUNT; i++) {
        int x = MARGIN + (int)i * 110;
        buf_printf(out,
                   "<path d=\"M%d 22h28\" stroke=\"%s\" stroke-width=\"2\"%s%s%s/><text x=\"%d\" "
                   "y=\"26\" font-size=\"12\" fill=\"#333\">%s</text>\n",
                   x, colours[i], dashes[i][0] ? " stroke-dasharray=\"" : "", dashes[i],
                   dashes[i][0] ? "\"" : "", x + 34, edge_kind_name((enum edge_kind)i).s);
    }
}

void deps_view_svg(struct buf *out, const struct deps_view *v)
{
    enum { LEAST = 600 };
    struct layout l = {.view = v};
    struct arena a;
    arena_init(&a, 0, 0);
    lay_out(&l, &a);
    int width = 2 * MARGIN + (int)l.columns * (BOX + GAP_X) - GAP_X;
    int height = 2 * MARGIN + LEGEND + (int)l.rows * (HIGH + GAP_Y);
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
               "height=\"%d\" font-family=\"system-ui,sans-serif\" role=\"img\">\n<title>Who names "
               "whom</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
               width > LEAST ? width : LEAST, height, width > LEAST ? width : LEAST, height);
    put_legend(out);
    put_edges(out, &l);
    for (size_t i = 0; i < v->n; i++) {
        put_node(out, &l, i);
    }
    buf_put(out, STR("</svg>\n"));
    arena_done(&a);
}
