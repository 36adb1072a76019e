// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iommufdctl: use and inspect /dev/iommu. The words of the command line are
 * parsed once here, for the options that concern all of it; what is left is
 * a line like any other. shell.h tells how lines are run.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "invocation.h"
#include "shell.h"

/*
 * Whoever closed one of these must not find a socket of ours in its place;
 * and output that goes nowhere is to fail, so it can only be read from.
 */
static void hold_standard_files(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(STATUS_REFUSED);
}

int main(int argc, char **argv)
{
	struct invocation in = { 0 };
	struct shell sh;
	enum status status;

	(void)argc;
	hold_standard_files();
	signal(SIGPIPE, SIG_IGN);
	/* A file that must not grow is an error, and not the end. */
	signal(SIGXFSZ, SIG_IGN);
	shell_init(&sh);
	if (!invocation_read(&in, argv, &sh))
		invocation_run(&in, &sh);
	status = sh.status;
	shell_free(&sh);
	invocation_free(&in);
	return status;
}
