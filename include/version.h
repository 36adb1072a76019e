/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that holds the version, of the tool and of the modules. */
#ifndef IOMMUFDCTL_VERSION_H
#define IOMMUFDCTL_VERSION_H

#define IOMMUFDCTL_VERSION "0.1.0"

#endif
