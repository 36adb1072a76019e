// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "failure.h"

#define RECORD 8192 /* the kernel's are no longer */
#define STEP_MS 10

int kernel_log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log >= 0)
		lseek(log, 0, SEEK_END);
	return log;
}

/*
 * "DMAR: [DMA Write NO_PASID] Request device [00:04.0] fault addr 0x1003000
 * ..." and "... AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0004
 * address=0x1003000 ...". The device that is named can be a bridge.
 */
static bool is_fault(const char *text, unsigned long long iova)
{
	static const char *const before[] = { "fault addr ", "address=" };

	if (!strstr(text, "DMAR: ") && !strstr(text, "AMD-Vi: "))
		return false;
	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		const char *at = strstr(text, before[i]);

		if (at && strtoull(at + strlen(before[i]), NULL, 16) >> 12 ==
				  iova >> 12)
			return true;
	}
	return false;
}

/* The text of a record: "6,339,5140900,-;text\n" and lines of its fields. */
static char *text_of(char *record)
{
	char *text = strchr(record, ';');

	if (!text)
		return record;
	text++;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void take(int log, unsigned long long iova, json_t *faults)
{
	char record[RECORD + 1];
	ssize_t got;

	/* EPIPE: some were lost, and reading goes on behind them. */
	while ((got = read(log, record, RECORD)) > 0 ||
	       (got < 0 && (errno == EPIPE || errno == EINTR))) {
		const char *text;

		if (got < 0)
			continue;
		record[got] = '\0';
		text = text_of(record);
		if (is_fault(text, iova))
			json_array_append_new(faults, json_text(text));
	}
}

json_t *kernel_log_faults(int log, unsigned long long iova, int ms)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	json_t *faults = json_array();

	for (take(log, iova, faults); !json_array_size(faults) && ms > 0;
	     ms -= STEP_MS) {
		nanosleep(&step, NULL);
		take(log, iova, faults);
	}
	return faults;
}
