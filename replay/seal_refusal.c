/* Why no seal is to be had here: the kernel says "not permitted", its settings say why. */
#include "replay/seal_int.h"

#include <errno.h>

enum { SETTING_BYTES_MAX = 64 };

/* True if the setting is there and begins with `text`. */
static bool setting_is(const char *path, struct str text)
{
    struct arena a;
    struct str s;
    arena_init(&a, 0, 0);
    bool is_so = file_read(&s, &a, path, SETTING_BYTES_MAX, NULL) && str_eq(str_trim(s), text);
    arena_done(&a);
    return is_so;
}

struct reason {
    const char *path;
    struct str value;
    const char *text;
};

static const struct reason reasons[] = {
    {"/proc/sys/user/max_user_namespaces", STR_INIT("0"),
     "user namespaces are switched off; as root: sysctl user.max_user_namespaces=10000"},
    {"/proc/sys/kernel/unprivileged_userns_clone", STR_INIT("0"),
     "user namespaces are for root alone; as root: sysctl kernel.unprivileged_userns_clone=1"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", STR_INIT("1"),
     "AppArmor restricts user namespaces; as root: sysctl "
     "kernel.apparmor_restrict_unprivileged_userns=0, or "
     "run with sudo and --isolation=root"},
};

static const char *why(const struct seal_options *o)
{
    enum { REASONS = sizeof reasons / sizeof *reasons };
    for (size_t i = 0; i < REASONS && o->kind == SEAL_USER; i++) {
        if (setting_is(reasons[i].path, reasons[i].value)) {
            return reasons[i].text;
        }
    }
    return o->kind == SEAL_ROOT ? "without a user namespace this needs root (CAP_SYS_ADMIN)"
                                : "nothing in the kernel's settings forbids it: a container's "
                                  "seccomp filter does; start it with "
                                  "--security-opt seccomp=unconfined, or choose --isolation=proxy";
}

bool seal_refusal(struct err *err, const struct seal_options *o, const struct seal_word *word)
{
    bool is_denied = word->sys == EPERM || word->sys == EACCES || word->sys == ENOSPC;
    switch (word->step) {
    case SEAL_STEP_USER:
    case SEAL_STEP_MAP:
    case SEAL_STEP_LOOPBACK:
        (void)err_sys(err, word->sys, "%s",
                      word->step == SEAL_STEP_USER  ? "no namespaces of its own for the program"
                      : word->step == SEAL_STEP_MAP ? "no user of its own for the program"
                                                    : "no loopback of its own for the program");
        return is_denied ? err_wrap(err, "%s", why(o)) : false;
    case SEAL_STEP_SOCKET:
        return err_sys(err, word->sys, "port %d cannot be listened on inside the seal",
                       word->detail);
    case SEAL_STEP_MOUNT:
        (void)err_sys(err, word->sys, "%s cannot be laid over inside the seal",
                      word->detail >= 0 ? o->mounts[word->detail].to : "/");
        return is_denied ? err_wrap(err, "%s", why(o)) : false;
    case SEAL_STEP_EXECUTE:
        (void)err_sys(err, word->sys, "%s cannot be executed", o->argv[0]);
        if (err && (word->sys == ENOENT || word->sys == EACCES || word->sys == ENOEXEC)) {
            err->code = ERR_INPUT; /* who named it can mend that */
        }
        return false;
    case SEAL_STEP_FORK:
        return err_sys(err, word->sys, "no process is to be had for the program");
    case SEAL_STEP_DONE:
    case SEAL_STEP_ENDED:
        break;
    }
    unreachable();
}
