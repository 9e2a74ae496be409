/* The page of plain text that `/` answers with, for people: state, interfaces, the busiest groups, what is wrong. */
#ifndef STATS_PAGE_H
#define STATS_PAGE_H

struct document;
struct stats;

/* NULL when memory is short. */
struct document *page_new(const struct stats *stats);

#endif
