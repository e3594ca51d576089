#include "replay/doctor.h"

#include "mockapi/mockapi.h"
#include "replay/curl_lib.h"
#include "replay/run.h"
#include "replay/seal.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <yaml.h>
#include <zlib.h>

enum { SETTING_BYTES = 64 << 10, TEXT_BYTES = 512 };

PRINTF(2, 3) static struct str text_of(struct arena *a, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return str_copy(a, str_of(text));
}

static void add(struct doctor *d, struct doctor_line line)
{
    if (d->n < DOCTOR_LINES_MAX) {
        d->lines[d->n++] = line;
    }
}

static void look_at_seals(struct doctor *d)
{
    static const struct {
        enum run_seal seal;
        enum seal_kind kind;
        const char *text;
    } kinds[] = {{RUN_SEAL_USER, SEAL_USER, "namespaces without rights: nothing leaves"},
                 {RUN_SEAL_ROOT, SEAL_ROOT, "namespaces as root: nothing leaves"}};
    d->seal = run_seal_name(RUN_SEAL_PROXY);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct err err = {0};
        bool is_had = seal_probe(kinds[i].kind, &err);
        d->seal = is_had && !d->is_sealed ? run_seal_name(kinds[i].seal) : d->seal;
        d->is_sealed = d->is_sealed || is_had;
        add(d, (struct doctor_line){.part = STR("seals"),
                                    .name = run_seal_name(kinds[i].seal),
                                    .state = is_had ? DOCTOR_WELL : DOCTOR_MISSING,
                                    .text = is_had ? str_of(kinds[i].text)
                                                   : text_of(d->arena, "%s", err.msg)});
    }
    add(d, (struct doctor_line){.part = STR("seals"),
                                .name = run_seal_name(RUN_SEAL_PROXY),
                                .text = STR("HTTPS_PROXY: for who heeds it; nothing is kept in")});
    add(d, (struct doctor_line){.part = STR("seals"),
                                .name = run_seal_name(RUN_SEAL_BASE_URL),
                                .text = STR("variables: for who reads them; nothing is kept in")});
}

static struct str setting(struct arena *a, const char *path)
{
    struct str text = {0};
    return file_read(&text, a, path, SETTING_BYTES, NULL) ? str_trim(text) : (struct str){0};
}

/* The first line of a file that begins with the word, behind it. */
static struct str status_word(struct arena *a, struct str word)
{
    struct str rest = setting(a, "/proc/self/status"), line;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        if (str_starts(line, word)) {
            return str_trim(str_slice(line, word.len, line.len));
        }
    }
    return STR("");
}

static void look_at_kernel(struct doctor *d)
{
    static const struct {
        const char *path, *bad, *cure;
    } settings[] = {
        {"/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000"},
        {"/proc/sys/user/max_net_namespaces", "0", "sysctl user.max_net_namespaces=10000"},
        {"/proc/sys/kernel/unprivileged_userns_clone", "0",
         "sysctl kernel.unprivileged_userns_clone=1"},
        {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
         "sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
    };
    struct utsname name;
    if (uname(&name) == 0) {
        add(d, (struct doctor_line){.part = STR("kernel"),
                                    .name = STR("release"),
                                    .text = text_of(d->arena, "%s", name.release)});
    }
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct str value = setting(d->arena, settings[i].path);
        bool is_bad = str_eq(value, str_of(settings[i].bad));
        struct str path = str_of(settings[i].path);
        add(d, (struct doctor_line){
                   .part = STR("kernel"),
                   .name = str_slice(path, STR("/proc/sys/").len, path.len),
                   .state = is_bad ? DOCTOR_MISSING : DOCTOR_WELL,
                   .text = value.s ? value : STR("not there: nothing is in the way"),
                   .cure = is_bad ? text_of(d->arena, "as root: %s", settings[i].cure) : STR("")});
    }
    bool is_filtered = str_eq(status_word(d->arena, STR("Seccomp:")), STR("2"));
    struct str confined = setting(d->arena, "/proc/self/attr/current");
    add(d, (struct doctor_line){
               .part = STR("kernel"),
               .name = STR("seccomp"),
               .state = is_filtered && !d->is_sealed ? DOCTOR_MISSING : DOCTOR_WELL,
               .text = is_filtered ? STR("a filter is in force") : STR("no filter"),
               .cure = is_filtered && !d->is_sealed
                           ? STR("start the container with --security-opt seccomp=unconfined")
                           : STR("")});
    add(d, (struct doctor_line){.part = STR("kernel"),
                                .name = STR("AppArmor"),
                                .text = confined.len ? confined : STR("not in force here")});
    bool is_contained = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
    add(d, (struct doctor_line){.part = STR("kernel"),
                                .name = STR("container"),
                                .text = is_contained ? STR("yes") : STR("none is seen")});
}

static void add_library(struct doctor *d, const char *name, const char *version, const char *built)
{
    bool is_same = !built || strcmp(version, built) == 0;
    add(d, (struct doctor_line){
               .part = STR("libraries"),
               .name = str_of(name),
               .state = is_same ? DOCTOR_WELL : DOCTOR_NOTE,
               .text = is_same ? text_of(d->arena, "%s", version)
                               : text_of(d->arena, "%s; built against %s", version, built)});
}

static void look_at_libraries(struct doctor *d)
{
    char pcre[64] = "?";
    struct curl_lib curl = {0};
    struct err err = {0};
    (void)pcre2_config(PCRE2_CONFIG_VERSION, pcre);
    add_library(d, "cJSON", json_library_version(), json_library_built());
    add_library(d, "libmicrohttpd", MHD_get_version(), NULL);
    add_library(d, "GnuTLS", gnutls_check_version(NULL), GNUTLS_VERSION);
    add_library(d, "PCRE2", pcre, NULL);
    add_library(d, "zlib", zlibVersion(), ZLIB_VERSION);
    add_library(d, "libyaml", yaml_get_version_string(), NULL);
    bool has_curl = curl_lib_open(&curl, &err);
    add(d, (struct doctor_line){.part = STR("libraries"),
                                .name = STR("libcurl"),
                                .state = has_curl ? DOCTOR_WELL : DOCTOR_NOTE,
                                .text = has_curl ? STR("can be loaded")
                                                 : text_of(d->arena, "%s", err.msg),
                                .cure = has_curl ? STR("") : STR("apt-get install libcurl4")});
    curl_lib_close(&curl);
}

/* Where PATH has the program; "" nowhere. */
static struct str find_program(struct arena *a, const char *name)
{
    struct str rest = str_of(getenv("PATH")), folder;
    while (rest.len && str_cut(&rest, ':', &folder)) {
        struct buf path;
        buf_init(&path, a);
        buf_printf(&path, "%.*s/%s", STR_ARG(folder), name);
        if (folder.len && access(buf_cstr(&path), X_OK) == 0) {
            return buf_str(&path);
        }
    }
    return STR("");
}

static void look_at_runtimes(struct doctor *d)
{
    static const struct {
        const char *name, *trust;
    } programs[] = {
        {"curl", "the system's bundle laid over, SSL_CERT_FILE, CURL_CA_BUNDLE"},
        {"python3", "SSL_CERT_FILE, REQUESTS_CA_BUNDLE"},
        {"node", "NODE_EXTRA_CA_CERTS"},
        {"deno", "DENO_CERT"},
        {"java", "JAVA_TOOL_OPTIONS with a trust store of its own"},
        {"go", "SSL_CERT_FILE, SSL_CERT_DIR"},
        {"dotnet", "SSL_CERT_FILE, SSL_CERT_DIR"},
        {"ruby", "SSL_CERT_FILE"},
        {"php", "SSL_CERT_FILE, or the system's bundle"},
        {"git", "GIT_SSL_CAINFO"},
    };
    static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
    struct str bundle = {0};
    for (size_t i = 0; i < sizeof bundles / sizeof *bundles && !bundle.s; i++) {
        bundle = access(bundles[i], R_OK) == 0 ? str_of(bundles[i]) : bundle;
    }
    add(d,
        (struct doctor_line){.part = STR("runtimes"),
                             .name = STR("system's bundle"),
                             .state = bundle.s ? DOCTOR_WELL : DOCTOR_NOTE,
                             .text = bundle.s ? bundle : STR("none: variables alone tell of ours"),
                             .cure = bundle.s ? STR("") : STR("apt-get install ca-certificates")});
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        struct str path = find_program(d->arena, programs[i].name);
        if (path.len) {
            add(d, (struct doctor_line){.part = STR("runtimes"),
                                        .name = str_of(programs[i].name),
                                        .text = text_of(d->arena, "%.*s; trusts us by %s",
                                                        STR_ARG(path), programs[i].trust)});
        }
    }
}

const char *doctor_state_name(enum doctor_state state)
{
    static const char *const names[] = {
        [DOCTOR_WELL] = "well", [DOCTOR_NOTE] = "note", [DOCTOR_MISSING] = "missing"};
    return names[state];
}

void doctor_look(struct doctor *out, struct arena *a)
{
    *out = (struct doctor){.arena = a};
    look_at_seals(out);
    look_at_kernel(out);
    look_at_libraries(out);
    look_at_runtimes(out);
}
