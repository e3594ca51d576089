/* What the reports share: which figures people read, how they are written, what is said first. Private to
 * sim/. */
#ifndef REHEARSE_SIM_REPORT_INT_H
#define REHEARSE_SIM_REPORT_INT_H

#include "sim/study.h"

struct report_word {
    enum sim_metric metric;
    const char *label;
    bool is_seconds;
};
enum { REPORT_WORDS = 15 };
/* In the order in which people read them; the rest stands in the JSON. */
extern const struct report_word report_words[REPORT_WORDS];

/* "81.20 ± 0.41 %"; "-" where there is no value. */
void report_value(struct buf *out, const struct report_word *w, double value, double half,
                  bool has_sign);
bool report_is_chance(struct sim_estimate difference);
/* A line that says nothing is left out: what never happens in either study. */
bool report_is_dull(const struct report_word *w, double a, double b);
/* The scope says the same as the only queue or group. */
bool report_repeats(const struct sim_study *s, size_t scope);
/* One sentence on the whole, then what is wrong with it: too much work, agents who get stuck. Lines. */
void report_summary(struct buf *out, const struct sim_study *a, const struct sim_study *b);

/* The i-th thing that was assumed, of the candidate what the baseline does not assume; false: that were all. */
bool report_note(struct str *out, const struct sim_study *a, const struct sim_study *b, size_t i);

/* How many times greater the variance of the difference would be on separate random numbers; NAN where
 * there is no error. */
double report_variance_gain(const struct sim_study *a, const struct sim_study *b, size_t scope,
                            enum sim_metric m);

#endif
