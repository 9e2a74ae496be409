/* A test that runs once for each address family, as a parameterized one of Criterion: BOTH_FAMILIES(suite, name) {...} */
#ifndef TESTS_FAMILIES_H
#define TESTS_FAMILIES_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "addr.h"

/* Only the family crosses into the test's process, which may have its constants elsewhere. */
static inline struct criterion_test_params families(void)
{
	static enum family both[] = {FAMILY_IPV4, FAMILY_IPV6};

	return cr_make_param_array(enum family, both, FAMILY_COUNT);
}

#define BOTH_FAMILIES(suite, name)                                      \
	ParameterizedTestParameters(suite, name) { return families(); } \
	ParameterizedTest(enum family *family, suite, name)

#endif
