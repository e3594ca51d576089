/* Private to the reader of YAML. */
#ifndef REHEARSE_VALIDATOR_READ_YAML_INT_H
#define REHEARSE_VALIDATOR_READ_YAML_INT_H

#include "validator/read_int.h"

#include <yaml.h>

struct yaml_event {
    yaml_event_type_t kind;
    bool is_plain;
    struct span span;       /* bytes; of a list or mapping the whole of it */
    struct str anchor, tag; /* s NULL: none */
    struct str value;       /* scalar */
    size_t end;             /* list or mapping: its end event */
    size_t target;          /* alias: the event that it stands for; SIZE_MAX: none */
};

struct yaml_text {
    struct read r;
    yaml_parser_t parser;
    size_t head; /* bytes of a byte order mark */
    size_t *blocks, n_chars;
    struct yaml_event *events;
    size_t n_events, events_cap;
    size_t open[JSON_DEPTH_MAX];
    size_t last_byte;
    size_t n_documents, n_aliases, n_alias_values;
    struct map anchors; /* of the document at hand; values: size_t, an event */
    struct json_maker maker;
};

/* read_yaml_scalar.c */
/* Writes the scalar by the core schema of YAML 1.2; false if its tag does not fit. */
bool yaml_scalar_make(struct yaml_text *y, const struct yaml_event *e);
void yaml_key_make(struct yaml_text *y, const struct yaml_event *e);
/* Comments that ask to ignore findings. */
void yaml_ignores_find(struct yaml_result *out, const struct yaml_text *y);

#endif
