/* \p{…}: names of Unicode properties as ECMA-262 has them (tables 68 and 69, PropertyValueAliases)
 * to those that PCRE2 knows: short ones for general categories, prefixes for scripts. */
#include "model/schema_int.h"

static const struct category {
    struct str name, alias, code;
} categories[] = {
    {STR_INIT("Cased_Letter"), STR_INIT(""), STR_INIT("L&")},
    {STR_INIT("LC"), STR_INIT(""), STR_INIT("L&")},
    {STR_INIT("Close_Punctuation"), STR_INIT(""), STR_INIT("Pe")},
    {STR_INIT("Connector_Punctuation"), STR_INIT(""), STR_INIT("Pc")},
    {STR_INIT("Control"), STR_INIT("cntrl"), STR_INIT("Cc")},
    {STR_INIT("Currency_Symbol"), STR_INIT(""), STR_INIT("Sc")},
    {STR_INIT("Dash_Punctuation"), STR_INIT(""), STR_INIT("Pd")},
    {STR_INIT("Decimal_Number"), STR_INIT("digit"), STR_INIT("Nd")},
    {STR_INIT("Enclosing_Mark"), STR_INIT(""), STR_INIT("Me")},
    {STR_INIT("Final_Punctuation"), STR_INIT(""), STR_INIT("Pf")},
    {STR_INIT("Format"), STR_INIT(""), STR_INIT("Cf")},
    {STR_INIT("Initial_Punctuation"), STR_INIT(""), STR_INIT("Pi")},
    {STR_INIT("Letter"), STR_INIT(""), STR_INIT("L")},
    {STR_INIT("Letter_Number"), STR_INIT(""), STR_INIT("Nl")},
    {STR_INIT("Line_Separator"), STR_INIT(""), STR_INIT("Zl")},
    {STR_INIT("Lowercase_Letter"), STR_INIT(""), STR_INIT("Ll")},
    {STR_INIT("Mark"), STR_INIT("Combining_Mark"), STR_INIT("M")},
    {STR_INIT("Math_Symbol"), STR_INIT(""), STR_INIT("Sm")},
    {STR_INIT("Modifier_Letter"), STR_INIT(""), STR_INIT("Lm")},
    {STR_INIT("Modifier_Symbol"), STR_INIT(""), STR_INIT("Sk")},
    {STR_INIT("Nonspacing_Mark"), STR_INIT(""), STR_INIT("Mn")},
    {STR_INIT("Number"), STR_INIT(""), STR_INIT("N")},
    {STR_INIT("Open_Punctuation"), STR_INIT(""), STR_INIT("Ps")},
    {STR_INIT("Other"), STR_INIT(""), STR_INIT("C")},
    {STR_INIT("Other_Letter"), STR_INIT(""), STR_INIT("Lo")},
    {STR_INIT("Other_Number"), STR_INIT(""), STR_INIT("No")},
    {STR_INIT("Other_Punctuation"), STR_INIT(""), STR_INIT("Po")},
    {STR_INIT("Other_Symbol"), STR_INIT(""), STR_INIT("So")},
    {STR_INIT("Paragraph_Separator"), STR_INIT(""), STR_INIT("Zp")},
    {STR_INIT("Private_Use"), STR_INIT(""), STR_INIT("Co")},
    {STR_INIT("Punctuation"), STR_INIT("punct"), STR_INIT("P")},
    {STR_INIT("Separator"), STR_INIT(""), STR_INIT("Z")},
    {STR_INIT("Space_Separator"), STR_INIT(""), STR_INIT("Zs")},
    {STR_INIT("Spacing_Mark"), STR_INIT(""), STR_INIT("Mc")},
    {STR_INIT("Surrogate"), STR_INIT(""), STR_INIT("Cs")},
    {STR_INIT("Symbol"), STR_INIT(""), STR_INIT("S")},
    {STR_INIT("Titlecase_Letter"), STR_INIT(""), STR_INIT("Lt")},
    {STR_INIT("Unassigned"), STR_INIT(""), STR_INIT("Cn")},
    {STR_INIT("Uppercase_Letter"), STR_INIT(""), STR_INIT("Lu")},
};

/* Properties that are on or off, one blank around each. PCRE2 knows them by the same names. */
static const struct str binaries = STR_INIT(
    " ASCII ASCII_Hex_Digit AHex Alphabetic Alpha Bidi_Control Bidi_C Bidi_Mirrored Bidi_M "
    "Case_Ignorable CI Cased Changes_When_Casefolded CWCF Changes_When_Casemapped CWCM "
    "Changes_When_Lowercased CWL Changes_When_Titlecased CWT Changes_When_Uppercased CWU Dash "
    "Default_Ignorable_Code_Point DI Deprecated Dep Diacritic Dia Emoji Emoji_Component EComp "
    "Emoji_Modifier EMod Emoji_Modifier_Base EBase Emoji_Presentation EPres "
    "Extended_Pictographic ExtPict Extender Ext Grapheme_Base Gr_Base Grapheme_Extend Gr_Ext "
    "Hex_Digit Hex IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST ID_Continue IDC ID_Start "
    "IDS Ideographic Ideo Join_Control Join_C Logical_Order_Exception LOE Lowercase Lower Math "
    "Noncharacter_Code_Point NChar Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS "
    "Quotation_Mark QMark Radical Regional_Indicator RI Sentence_Terminal STerm Soft_Dotted SD "
    "Terminal_Punctuation Term Unified_Ideograph UIdeo Uppercase Upper Variation_Selector VS "
    "White_Space space XID_Continue XIDC XID_Start XIDS ");

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.s[i];
        bool is_alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alpha && c != '_' && (c < '0' || c > '9')) {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_binary(struct str name)
{
    struct str rest = binaries, word;
    while (str_cut(&rest, ' ', &word)) {
        if (str_eq(word, name)) {
            return true;
        }
    }
    return false;
}

/* The short name of a general category; s NULL if there is none of that name. */
static struct str category_of(struct str name)
{
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++) {
        const struct category *c = &categories[i];
        if (str_eq(name, c->name) || str_eq(name, c->code) ||
            (c->alias.len > 0 && str_eq(name, c->alias))) {
            return c->code;
        }
    }
    return (struct str){0};
}

static bool put_property(struct buf *out, bool is_negated, const char *prefix, struct str name)
{
    if (name.len > 0) {
        buf_printf(out, "\\%c{%s%.*s}", is_negated ? 'P' : 'p', prefix, STR_ARG(name));
    }
    return name.len > 0;
}

bool pattern_put_property(struct buf *out, struct str property, bool is_negated)
{
    struct str rest = property, name;
    if (!str_cut(&rest, '=', &name) || !is_word(name)) {
        return false;
    }
    if (rest.s != NULL) {
        if (!is_word(rest)) {
            return false;
        }
        if (str_eq(name, STR("General_Category")) || str_eq(name, STR("gc"))) {
            return put_property(out, is_negated, "", category_of(rest));
        }
        if (str_eq(name, STR("Script")) || str_eq(name, STR("sc"))) {
            return put_property(out, is_negated, "sc:", rest);
        }
        return (str_eq(name, STR("Script_Extensions")) || str_eq(name, STR("scx"))) &&
               put_property(out, is_negated, "scx:", rest);
    }
    struct str category = category_of(name);
    if (category.s != NULL) {
        return put_property(out, is_negated, "", category);
    }
    if (str_eq(name, STR("Assigned"))) {
        return put_property(out, !is_negated, "", STR("Cn"));
    }
    return (str_eq(name, STR("Any")) || is_binary(name)) && put_property(out, is_negated, "", name);
}
