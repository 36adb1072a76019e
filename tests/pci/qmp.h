/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's monitor, for what happens to a machine from outside: devices come and
 * go. It is a virtio port (VM_QMP=1 tests/vm/run).
 */
#ifndef TESTS_PCI_QMP_H
#define TESTS_PCI_QMP_H

#include <glob.h>

#include "pci.h"

/* Its requests and answers are lines of JSON. */
static inline void qmp_request(int qmp, const char *line)
{
	if (write(qmp, line, strlen(line)) != (ssize_t)strlen(line))
		tap_bail_out("QEMU's monitor does not listen");
}

/* Whether a line that says @what comes within some seconds. */
static inline bool qmp_says(int qmp, const char *what, int seconds)
{
	struct pollfd poller = { .fd = qmp, .events = POLLIN };
	char line[4096];
	size_t length = 0;

	while (poll(&poller, 1, seconds * 1000) == 1) {
		if (read(qmp, line + length, 1) != 1)
			return false;
		if (line[length] != '\n' && length < sizeof(line) - 2) {
			length++;
			continue;
		}
		line[length + 1] = '\0';
		length = 0;
		if (strstr(line, what))
			return true;
	}
	return false;
}

static inline int qmp_open(void)
{
	char path[300], name[8] = "";
	glob_t ports;
	int qmp = -1;

	glob("/sys/class/virtio-ports/*/name", 0, NULL, &ports);
	for (size_t i = 0; i < ports.gl_pathc && qmp < 0; i++) {
		int fd = open(ports.gl_pathv[i], O_RDONLY | O_CLOEXEC);

		if (read(fd, name, sizeof(name)) == 4 &&
		    !memcmp(name, "qmp\n", 4)) {
			*strrchr(ports.gl_pathv[i], '/') = '\0';
			snprintf(path, sizeof(path), "/dev/%.32s",
				 strrchr(ports.gl_pathv[i], '/') + 1);
			qmp = open(path, O_RDWR | O_CLOEXEC);
		}
		close(fd);
	}
	globfree(&ports);
	if (qmp < 0)
		tap_bail_out("the VM lacks QEMU's monitor");
	qmp_request(qmp, "{ \"execute\": \"qmp_capabilities\" }\n");
	if (!qmp_says(qmp, "\"return\"", 10))
		tap_bail_out("QEMU's monitor does not answer");
	return qmp;
}

#endif
