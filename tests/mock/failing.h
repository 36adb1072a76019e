/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thing at a time goes wrong: on a kernel that injects faults, the nth
 * allocation or copy of user memory that the thread comes to fails.
 */
#ifndef TESTS_MOCK_FAILING_H
#define TESTS_MOCK_FAILING_H

#include "mock.h"

/* Each word's folder in debugfs says how its failures are chosen. */
static inline void failing_set(const char *kind, const char *what,
			       const char *value)
{
	char path[96];
	int file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind, what);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return;
	if (write(file, value, strlen(value)) < 0)
		tap_bail_out("fault injection cannot be set up");
	close(file);
}

/* A descriptor for failing_begin(), or -1 where nothing can be made to fail. */
static inline int failing_open(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc",
					     "fail_usercopy", "fail_iommufd" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		failing_set(kinds[i], "verbose", "0");
		failing_set(kinds[i], "ignore-gfp-wait", "N");
	}
	return open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

static inline void failing_write(int control, int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", nth);
	/* If no request has come to the failure, this may. */
	if (write(control, text, strlen(text)) < 0 &&
	    write(control, text, strlen(text)) < 0)
		tap_bail_out("fail-nth cannot be written");
}

static inline void failing_begin(int control, int nth)
{
	failing_write(control, nth);
}

/* Whether it came to that. */
static inline bool failing_end(int control)
{
	char left[16] = { 0 };
	bool failed = pread(control, left, sizeof(left) - 1, 0) > 0 &&
		      atoi(left) == 0;

	failing_write(control, 0);
	return failed;
}

#endif
