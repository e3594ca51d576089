/* Which programs can be made faster, and the variables that do it. */
#include "replay/faster.h"
#include "tests/unit/unit.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char folder[40];

static void setup(void)
{
    arena_init(&arena, 0, 0);
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-faster-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
}

static void teardown(void)
{
    ck_assert_int_eq(rmdir(folder), 0);
    arena_done(&arena);
}

static const char *path_of(const char *name)
{
    static char path[100];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* The first headers of this program, with the name of a dynamic linker behind them; "" none. */
static struct str image(const char *linker, uint16_t machine)
{
    struct err err = {0};
    struct str own;
    struct buf out;
    Elf64_Ehdr head;
    ck_assert_msg(file_read(&own, &arena, "/proc/self/exe", SIZE_MAX / 2, &err), "%s", err.msg);
    memcpy(&head, own.s, sizeof head);
    head.e_phoff = sizeof head;
    head.e_phnum = 1;
    head.e_shnum = 0;
    head.e_machine = machine ? machine : head.e_machine;
    Elf64_Phdr part = {.p_type = linker[0] ? PT_INTERP : PT_LOAD,
                       .p_offset = sizeof head + sizeof part,
                       .p_filesz = strlen(linker) + 1};
    buf_init(&out, &arena);
    buf_put(&out, (struct str){(const char *)&head, sizeof head});
    buf_put(&out, (struct str){(const char *)&part, sizeof part});
    buf_put(&out, (struct str){linker, strlen(linker) + 1});
    return buf_str(&out);
}

/* What is said of a file of that content; "" where it can be made faster. */
static const char *said_of(struct str content, mode_t mode)
{
    static struct err err;
    err = (struct err){0};
    const char *path = path_of("program");
    ck_assert(file_write(path, content, 0700, &err));
    ck_assert_int_eq(chmod(path, mode), 0);
    bool can = faster_can(&arena, path, &err);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(can, err.code == ERR_NONE);
    return err.msg;
}

START_TEST(programs)
{
    static const char linker[] = "/lib64/ld-linux-x86-64.so.2";
    const struct {
        struct str content;
        mode_t mode;
        const char *says;
    } rows[] = {
        {image(linker, 0), 0700, ""},
        {image("", 0), 0700, "linked statically"},
        {image("/lib/ld-musl-x86_64.so.1", 0), 0700, "musl"},
        {image(linker, EM_SPARCV9), 0700, "another processor"},
        {image(linker, 0), 04700, "user or group"},
        {image(linker, 0), 0600, "is no program"},
        {str_slice(image(linker, 0), 0, 70), 0700, "headers cannot be read"},
        {STR("hello"), 0700, "neither a program nor a script"},
        {STR(""), 0700, "neither a program nor a script"},
        {STR("#!/bin/sh\n"), 0700, ""},
        {STR("#! /bin/sh -e\n"), 0700, ""},
        {STR("#!/usr/bin/env -S A=b sh\n"), 0700, ""},
        {STR("#!/usr/bin/env no-such-program\n"), 0700, "no-such-program is not found"},
        {STR("#!/no/such\n"), 0700, "/no/such is no program"},
        {STR("#!\n"), 0700, "not found"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *said = said_of(rows[i].content, rows[i].mode);
        ck_assert_msg(rows[i].says[0] ? strstr(said, rows[i].says) != NULL : !said[0],
                      "row %zu: \"%s\", expected \"%s\"", i, said, rows[i].says);
    }
}
END_TEST

/* A script that is its own interpreter ends somewhere. */
START_TEST(circle)
{
    struct buf text;
    struct err err = {0};
    buf_init(&text, &arena);
    buf_printf(&text, "#!%s\n", path_of("program"));
    ck_assert_ptr_nonnull(strstr(said_of(buf_str(&text), 0700), "scripts"));
    ck_assert(!faster_can(&arena, "no-such-program", &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "PATH"));
}
END_TEST

START_TEST(variables)
{
    char a[] = "A=1", preload[] = "LD_PRELOAD=/x.so", other[] = "LD_PRELOAD=/y.so",
         like[] = "LD_PRELOADS=z";
    char *const none[] = {NULL}, *const base[] = {preload, NULL},
                *const extra[] = {a, other, like, NULL};
    const struct {
        char *const *base, *const *extra;
        const char *is[4];
    } rows[] = {
        {none, NULL, {"LD_PRELOAD=/f.so", "REHEARSE_SPEEDUP=10:5:/m"}},
        {base, NULL, {"LD_PRELOAD=/f.so:/x.so", "REHEARSE_SPEEDUP=10:5:/m"}},
        {base,
         extra,
         {"A=1", "LD_PRELOADS=z", "LD_PRELOAD=/f.so:/y.so", "REHEARSE_SPEEDUP=10:5:/m"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *const *out = faster_environment(&arena, rows[i].base, rows[i].extra, STR("/f.so"),
                                              (struct pace){10, 5}, STR("/m"));
        size_t n = 0;
        for (; out[n]; n++) {
            ck_assert_str_eq(out[n], rows[i].is[n]);
        }
        ck_assert(n == 4 || rows[i].is[n] == NULL);
    }
}
END_TEST

START_TEST(written)
{
    struct err err = {0};
    struct str path, text;
    ck_assert(faster_write(&path, &arena, folder, &err));
    ck_assert(file_read(&text, &arena, str_cstr(&arena, path), 1 << 22, &err));
    ck_assert(str_starts(text, STR(ELFMAG)));
    ck_assert_int_eq(unlink(str_cstr(&arena, path)), 0);
}
END_TEST

START_TEST(paces)
{
    ck_assert_int_eq(pace_us((struct pace){0}, 70), 70);
    ck_assert_int_eq(pace_us((struct pace){1, 5}, 70), 70);
    ck_assert_int_eq(pace_us((struct pace){10, 60}, 60), 60);
    ck_assert_int_eq(pace_us((struct pace){10, 60}, 70), 160);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faster");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, programs);
    tcase_add_test(t, circle);
    tcase_add_test(t, variables);
    tcase_add_test(t, written);
    tcase_add_test(t, paces);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
