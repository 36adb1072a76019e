/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test results in TAP, the Test Anything Protocol: a line a check, then how
 * many there were. Threads may check; lines do not mix.
 */
#ifndef TESTS_ABI_TAP_H
#define TESTS_ABI_TAP_H

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t tap_lock = PTHREAD_MUTEX_INITIALIZER;
static int tap_checks;
static int tap_failures;

__attribute__((format(printf, 2, 3), unused)) static bool
tap_check(bool ok, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	pthread_mutex_lock(&tap_lock);
	tap_checks++;
	tap_failures += !ok;
	printf("%s %d ", ok ? "ok" : "not ok", tap_checks);
	vprintf(name, args);
	putchar('\n');
	fflush(stdout);
	pthread_mutex_unlock(&tap_lock);
	va_end(args);
	return ok;
}

/* @result is 0 or -errno, as the functions of iommu.h return. */
__attribute__((unused)) static bool tap_errno(int result, int expected,
					      const char *name)
{
	if (result == -expected)
		return tap_check(true, "%s", name);
	return tap_check(false, "%s: %s, expected %s", name, strerror(-result),
			 strerror(expected));
}

/* For what this kernel cannot do; @reason is told to whoever reads the result. */
__attribute__((format(printf, 2, 3), unused)) static void
tap_skip(const char *reason, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	pthread_mutex_lock(&tap_lock);
	tap_checks++;
	printf("ok %d ", tap_checks);
	vprintf(name, args);
	printf(" # SKIP %s\n", reason);
	fflush(stdout);
	pthread_mutex_unlock(&tap_lock);
	va_end(args);
}

/* For what must work before anything can be tested. */
__attribute__((noreturn, unused)) static void tap_bail_out(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(EXIT_FAILURE);
}

/* The exit status of the program. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_checks);
	return tap_failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
