/* What can be judged only when everything has been read. Reports through the parser, changes nothing. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

struct parser;

void check_whole(struct parser *p);

#endif
