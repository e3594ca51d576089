/* Names as contact centres use them. Number `i` of a kind is a combination of its lists: the
 * combinations are gone through in a scattered order (a step that shares no factor with their
 * count), so that all come before one comes again, then with a number behind. */
#include "model/generate_int.h"

enum { LISTS = 3 };

struct list {
    const struct str *at;
    size_t n;
};

struct kind {
    struct list lists[LISTS];
    struct str before[LISTS]; /* what stands before the word */
};

#define WORDS(name, ...) static const struct str name[] = {__VA_ARGS__}
#define LIST(name)                                                                                 \
    {                                                                                              \
        (name), sizeof(name) / sizeof(*(name))                                                     \
    }
#define W(text) STR_INIT(text)

WORDS(topics, W("Account"), W("Address"), W("Appointment"), W("Billing"), W("Booking"),
      W("Callback"), W("Cancellation"), W("Claim"), W("Complaint"), W("Contract"), W("Damage"),
      W("Data protection"), W("Delivery"), W("Feedback"), W("Fraud"), W("Installation"),
      W("Invoice"), W("Lead"), W("Login"), W("Loyalty"), W("Network"), W("Order"), W("Outage"),
      W("Password"), W("Payment"), W("Quote"), W("Refund"), W("Renewal"), W("Repair"), W("Return"),
      W("Roaming"), W("Sale"), W("Shipping"), W("Spare part"), W("Survey"), W("Tariff"),
      W("Technical"), W("Training"), W("Upgrade"), W("Warranty"));
WORDS(outcomes, W("Resolved"), W("Partly resolved"), W("Not resolved"), W("Escalated"),
      W("Transferred"), W("Follow-up needed"), W("No answer"), W("Voicemail left"), W("Busy"),
      W("Call dropped"), W("Wrong number"), W("Not interested"), W("Callback scheduled"),
      W("Information given"), W("Ticket opened"), W("Ticket closed"), W("Credit granted"),
      W("Credit refused"), W("Replacement sent"), W("Technician booked"), W("Customer declined"),
      W("Duplicate"), W("Spam"), W("Test"), W("Waiting for customer"), W("Waiting for supplier"),
      W("Out of hours"), W("Language barrier"), W("Sent to back office"), W("Other"));
WORDS(details, W("first contact"), W("second contact"), W("by phone"), W("by email"), W("by chat"),
      W("by message"), W("business"), W("private"), W("urgent"), W("goodwill"), W("in warranty"),
      W("out of warranty"), W("online"), W("in store"), W("partner"), W("new customer"),
      W("at risk"), W("pilot"), W("seasonal"));
WORDS(teams, W("Sales"), W("Service"), W("Support"), W("Billing"), W("Retention"), W("Claims"),
      W("Orders"), W("Returns"), W("Logistics"), W("Reservations"), W("Help desk"),
      W("Back office"), W("Complaints"), W("Technical"), W("Partner"), W("Premium"), W("Outbound"),
      W("Collections"), W("Welcome"), W("Emergency"));
WORDS(regions, W("North"), W("South"), W("East"), W("West"), W("Central"), W("Nordics"),
      W("Iberia"), W("Alps"), W("Benelux"), W("Islands"), W("Overseas"));
WORDS(languages, W("EN"), W("DE"), W("FR"), W("ES"), W("IT"), W("NL"), W("PL"), W("PT"), W("SV"),
      W("DA"), W("FI"), W("CS"), W("TR"));
WORDS(places, W("Hamburg"), W("Leeds"), W("Lyon"), W("Porto"), W("Turin"), W("Utrecht"),
      W("Gdansk"), W("Malmo"), W("Aarhus"), W("Tampere"), W("Brno"), W("Izmir"), W("Cork"),
      W("Graz"), W("Ghent"), W("Bilbao"), W("Tartu"), W("Varna"), W("Split"));
WORDS(given, W("Ada"), W("Ben"), W("Clara"), W("David"), W("Elif"), W("Felix"), W("Greta"),
      W("Hugo"), W("Ines"), W("Jonas"), W("Katja"), W("Liam"), W("Maria"), W("Nils"), W("Olga"),
      W("Pavel"), W("Rosa"), W("Samir"), W("Tilda"), W("Viktor"), W("Wanda"), W("Yusuf"), W("Zoe"));
WORDS(family, W("Almeida"), W("Berg"), W("Costa"), W("Dahl"), W("Eklund"), W("Fischer"),
      W("Garcia"), W("Hansen"), W("Ivanova"), W("Jansen"), W("Kaya"), W("Lindholm"), W("Moreau"),
      W("Novak"), W("Okafor"), W("Petit"), W("Quist"), W("Rossi"), W("Silva"), W("Tamm"),
      W("Urban"), W("Virtanen"), W("Weber"), W("Young"), W("Zeman"));

static const struct kind kinds[] = {
    [NAME_OUTCOME] = {{LIST(topics), LIST(outcomes), LIST(details)},
                      {STR_INIT(""), STR_INIT(" - "), STR_INIT(" - ")}},
    [NAME_QUEUE] = {{LIST(teams), LIST(regions), LIST(languages)},
                    {STR_INIT(""), STR_INIT(" "), STR_INIT(" ")}},
    [NAME_PERSON] = {{LIST(given), LIST(family)}, {STR_INIT(""), STR_INIT(" ")}},
    [NAME_GROUP] = {{LIST(teams), LIST(places)}, {STR_INIT(""), STR_INIT(" ")}},
};

static uint64_t common_factor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void generate_name(struct buf *out, enum naming naming, uint64_t seed, size_t i)
{
    const struct kind *kind = &kinds[naming];
    uint64_t all = 1, state = seed;
    for (size_t k = 0; k < LISTS; k++) {
        all *= kind->lists[k].n ? kind->lists[k].n : 1;
    }
    uint64_t start = splitmix64(&state) % all, step = splitmix64(&state) % all;
    while (common_factor(step, all) != 1) {
        step = (step + 1) % all;
    }
    uint64_t place = (start + i % all * step) % all;
    for (size_t k = 0; k < LISTS && kind->lists[k].n; k++) {
        buf_put(out, kind->before[k]);
        buf_put(out, kind->lists[k].at[place % kind->lists[k].n]);
        place /= kind->lists[k].n;
    }
    if (i / all) {
        buf_put_char(out, ' ');
        buf_put_u64(out, i / all + 1);
    }
}

void generate_words(struct buf *out, struct rng *rng, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct list *list = &kinds[NAME_OUTCOME].lists[rng_below(rng, LISTS)];
        struct str word = list->at[rng_below(rng, list->n)];
        buf_put(out, i ? STR(" ") : STR(""));
        size_t mark = out->len;
        buf_put(out, word);
        for (size_t k = mark + (i == 0); k < out->len; k++) {
            char c = out->s[k];
            out->s[k] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        }
    }
}
