// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linked into Linux's selftests by tests/linux/build: their harness gives each
 * test 30 seconds, by alarm(). On an emulated processor, with a kernel that
 * watches every byte, on a machine that has other work, that is too short, so
 * each second is made a minute here. The sources stay as they are.
 */
unsigned int __real_alarm(unsigned int seconds);
unsigned int __wrap_alarm(unsigned int seconds);

unsigned int __wrap_alarm(unsigned int seconds)
{
	return __real_alarm(60 * seconds);
}
