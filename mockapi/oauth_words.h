/* What a token request says, form or JSON. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_OAUTH_WORDS_H
#define REHEARSE_MOCKAPI_OAUTH_WORDS_H

#include "mockapi/request.h"

/* Reads the body as the operation's token rule says. Of a JSON object the texts and numbers count;
 * what is none, holds a name twice or too much is false, as is a form that is not well-formed. */
bool oauth_words(struct request *rq, struct query *out);

/* The same where no operation is known yet: a form, or an object where the body begins as one. */
bool oauth_any_words(struct request *rq, struct query *out);

#endif
