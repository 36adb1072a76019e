/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests held up in the middle: they touch a page of memory that is not
 * there yet, and userfaultfd lets the test decide when it comes.
 */
#ifndef TESTS_MOCK_HELD_H
#define TESTS_MOCK_HELD_H

#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

#include "mock.h"

/*
 * How long something may take that has nothing to wait for, in seconds. Linux
 * 6.12 misses the moment and only looks again after a minute.
 */
#define PATIENCE (on_upstream() ? 90 : 20)

/* A page that nobody gets to see until it is given. */
struct held_page {
	int faults;
	unsigned char *at;
};

/* A call made in a thread of its own. */
struct call {
	pthread_t thread;
	int (*function)(void *argument);
	void *argument;
	int result;
};

static inline struct held_page hold_page(void)
{
	struct held_page page = { .at = memory(PAGE) };
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range = { (uintptr_t)page.at, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	page.faults = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (page.faults < 0 || ioctl(page.faults, UFFDIO_API, &api) ||
	    ioctl(page.faults, UFFDIO_REGISTER, &area))
		tap_bail_out("no userfaultfd");
	return page;
}

/* Returns when somebody waits for the page. */
static inline void await_fault(const struct held_page *page)
{
	struct pollfd event = { .fd = page->faults, .events = POLLIN };
	struct uffd_msg fault;

	if (poll(&event, 1, 60000) != 1 ||
	    read(page->faults, &fault, sizeof(fault)) != sizeof(fault))
		tap_bail_out("the request does not come to the page");
}

/* The page comes, with what @content holds. */
static inline void give_page(struct held_page *page, const void *content,
			     size_t length)
{
	unsigned char *copy = memory(PAGE);
	struct uffdio_copy give = {
		.dst = (uintptr_t)page->at,
		.src = (uintptr_t)copy,
		.len = PAGE,
	};

	memcpy(copy, content, length);
	if (ioctl(page->faults, UFFDIO_COPY, &give))
		tap_bail_out("the page cannot be given");
	munmap(copy, PAGE);
	close(page->faults);
}

static inline void *call_run(void *argument)
{
	struct call *call = argument;

	call->result = call->function(call->argument);
	return NULL;
}

static inline void call_start(struct call *call, int (*function)(void *),
			      void *argument)
{
	*call = (struct call){ .function = function, .argument = argument };
	if (pthread_create(&call->thread, NULL, call_run, call))
		tap_bail_out("no thread");
}

/* Whether the call is over, at the latest after so many milliseconds. */
static inline bool call_is_over(struct call *call, int milliseconds)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += milliseconds / 1000;
	end.tv_nsec += milliseconds % 1000 * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	return !pthread_timedjoin_np(call->thread, NULL, &end);
}

/*
 * Waits until the call waits for the page; false if it ends instead. 6.1 says
 * EFAULT for memory that it would have to wait for with a lock held.
 */
static inline bool await_held(const struct held_page *page, struct call *call)
{
	struct pollfd event = { .fd = page->faults, .events = POLLIN };
	int tries;

	for (tries = 0; tries < 600; tries++) {
		if (poll(&event, 1, 100) == 1) {
			await_fault(page);
			return true;
		}
		if (call_is_over(call, 0))
			return false;
	}
	tap_bail_out("the request does not come to the page");
}

/* The result of a call that has nothing to wait for any more. */
static inline int call_result(struct call *call, const char *name)
{
	if (!call_is_over(call, PATIENCE * 1000)) {
		tap_check(false, "%s: does not end", name);
		tap_bail_out("something hangs");
	}
	return call->result;
}

#endif
