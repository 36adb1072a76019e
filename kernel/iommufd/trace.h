/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: what was asked of a context, and what came of it. They cost a
 * no-op each while nobody listens. iommufd-debugfs(5) says what the fields are;
 * contexts are named by their numbers there.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM iommufd

#if !defined(IOMMUFD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define IOMMUFD_TRACE_H

#include <linux/iommu.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <uapi/linux/iommufd.h>

#include "iopt_counts.h"
#include "object.h"
#include "owner.h"
#include "pages.h"

/* These macros are laid out as structs, which clang-format does not know. */
/* clang-format off */

/* For those who read the format: it names the values. */
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_TEST);
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_ACCESS);
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_DEVICE);
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_HWPT_NESTED);
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_HWPT_PAGING);
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_FAULT);
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_IOAS);
TRACE_DEFINE_ENUM(IOMMUFD_OBJ_ANY);

#ifndef TRACE_OBJECT_KINDS
#define TRACE_OBJECT_KINDS                              \
	{ IOMMUFD_OBJ_TEST, "test" },                   \
	{ IOMMUFD_OBJ_ACCESS, "access" },               \
	{ IOMMUFD_OBJ_DEVICE, "device" },               \
	{ IOMMUFD_OBJ_HWPT_NESTED, "hwpt-nested" },     \
	{ IOMMUFD_OBJ_HWPT_PAGING, "hwpt-paging" },     \
	{ IOMMUFD_OBJ_FAULT, "fault" },                 \
	{ IOMMUFD_OBJ_IOAS, "ioas" },                   \
	{ IOMMUFD_OBJ_ANY, "-" }

#define TRACE_ACCESS_FLAGS { IOMMU_READ, "r" }, { IOMMU_WRITE, "w" }
#endif

DECLARE_EVENT_CLASS(iommufd_object,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 id,
		 enum iommufd_object_type type, int rc),
	TP_ARGS(ictx, id, type, rc),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, id)
		__field(int, kind)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->id = id;
		__entry->kind = type;
		__entry->rc = rc;
	),
	TP_printk("ctx=%llu id=%u kind=%s rc=%d", __entry->ctx, __entry->id,
		  __print_symbolic(__entry->kind, TRACE_OBJECT_KINDS),
		  __entry->rc)
);

DEFINE_EVENT(iommufd_object, iommufd_object_create,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 id,
		 enum iommufd_object_type type, int rc),
	TP_ARGS(ictx, id, type, rc)
);

DEFINE_EVENT(iommufd_object, iommufd_object_destroy,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 id,
		 enum iommufd_object_type type, int rc),
	TP_ARGS(ictx, id, type, rc)
);

TRACE_EVENT(iommufd_map,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 ioas, u64 iova, u64 length,
		 u64 memory, int prot, int rc),
	TP_ARGS(ictx, ioas, iova, length, memory, prot, rc),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, ioas)
		__field(u64, iova)
		__field(u64, length)
		__field(u64, memory)
		__field(int, access)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->ioas = ioas;
		__entry->iova = iova;
		__entry->length = length;
		__entry->memory = memory;
		__entry->access = prot & (IOMMU_READ | IOMMU_WRITE);
		__entry->rc = rc;
	),
	TP_printk("ctx=%llu ioas=%u iova=0x%llx length=0x%llx memory=0x%llx access=%s rc=%d",
		  __entry->ctx, __entry->ioas, __entry->iova, __entry->length,
		  __entry->memory,
		  __print_flags(__entry->access, "", TRACE_ACCESS_FLAGS),
		  __entry->rc)
);

TRACE_EVENT(iommufd_unmap,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 ioas, u64 iova, u64 length,
		 u64 unmapped, int rc),
	TP_ARGS(ictx, ioas, iova, length, unmapped, rc),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, ioas)
		__field(u64, iova)
		__field(u64, length)
		__field(u64, unmapped)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->ioas = ioas;
		__entry->iova = iova;
		__entry->length = length;
		__entry->unmapped = unmapped;
		__entry->rc = rc;
	),
	TP_printk("ctx=%llu ioas=%u iova=0x%llx length=0x%llx unmapped=0x%llx rc=%d",
		  __entry->ctx, __entry->ioas, __entry->iova, __entry->length,
		  __entry->unmapped, __entry->rc)
);

TRACE_EVENT(iommufd_copy,
	TP_PROTO(const struct iommufd_ctx *ictx,
		 const struct iommu_ioas_copy *cmd, u64 iova, int prot, int rc),
	TP_ARGS(ictx, cmd, iova, prot, rc),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, ioas)
		__field(u64, iova)
		__field(u64, length)
		__field(u32, src_ioas)
		__field(u64, src_iova)
		__field(int, access)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->ioas = cmd->dst_ioas_id;
		__entry->iova = iova;
		__entry->length = cmd->length;
		__entry->src_ioas = cmd->src_ioas_id;
		__entry->src_iova = cmd->src_iova;
		__entry->access = prot & (IOMMU_READ | IOMMU_WRITE);
		__entry->rc = rc;
	),
	TP_printk("ctx=%llu ioas=%u iova=0x%llx length=0x%llx src_ioas=%u src_iova=0x%llx access=%s rc=%d",
		  __entry->ctx, __entry->ioas, __entry->iova, __entry->length,
		  __entry->src_ioas, __entry->src_iova,
		  __print_flags(__entry->access, "", TRACE_ACCESS_FLAGS),
		  __entry->rc)
);

DECLARE_EVENT_CLASS(iommufd_attachment,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 id, const char *name,
		 u32 to, u32 pt, int rc),
	TP_ARGS(ictx, id, name, to, pt, rc),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, id)
		__array(char, name, 32)
		__field(u32, to)
		__field(u32, pt)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->id = id;
		strscpy(__entry->name, name, sizeof(__entry->name));
		__entry->to = to;
		__entry->pt = pt;
		__entry->rc = rc;
	),
	TP_printk("ctx=%llu id=%u name=%s to=%u pt=%u rc=%d", __entry->ctx,
		  __entry->id, __entry->name, __entry->to, __entry->pt,
		  __entry->rc)
);

DEFINE_EVENT(iommufd_attachment, iommufd_attach,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 id, const char *name,
		 u32 to, u32 pt, int rc),
	TP_ARGS(ictx, id, name, to, pt, rc)
);

DEFINE_EVENT(iommufd_attachment, iommufd_replace,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 id, const char *name,
		 u32 to, u32 pt, int rc),
	TP_ARGS(ictx, id, name, to, pt, rc)
);

TRACE_EVENT(iommufd_detach,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 id, const char *name,
		 u32 pt),
	TP_ARGS(ictx, id, name, pt),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, id)
		__array(char, name, 32)
		__field(u32, pt)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->id = id;
		strscpy(__entry->name, name, sizeof(__entry->name));
		__entry->pt = pt;
	),
	TP_printk("ctx=%llu id=%u name=%s pt=%u", __entry->ctx, __entry->id,
		  __entry->name, __entry->pt)
);

TRACE_EVENT(iommufd_pin,
	TP_PROTO(const struct iopt_pages *pages, unsigned long first,
		 unsigned long last, int rc),
	TP_ARGS(pages, first, last, rc),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u64, memory)
		__field(unsigned long, pages)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->ctx = pages->owner->ictx->number;
		__entry->memory = pages->uptr + first * PAGE_SIZE;
		__entry->pages = last - first + 1;
		__entry->rc = rc;
	),
	TP_printk("ctx=%llu memory=0x%llx pages=%lu rc=%d", __entry->ctx,
		  __entry->memory, __entry->pages, __entry->rc)
);

TRACE_EVENT(iommufd_unpin,
	TP_PROTO(const struct iopt_pages *pages, unsigned long first,
		 unsigned long last),
	TP_ARGS(pages, first, last),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u64, memory)
		__field(unsigned long, pages)
	),
	TP_fast_assign(
		__entry->ctx = pages->owner->ictx->number;
		__entry->memory = pages->uptr + first * PAGE_SIZE;
		__entry->pages = last - first + 1;
	),
	TP_printk("ctx=%llu memory=0x%llx pages=%lu", __entry->ctx,
		  __entry->memory, __entry->pages)
);

TRACE_EVENT(iommufd_flush,
	TP_PROTO(const struct iopt_counts *counts, unsigned long start,
		 unsigned long last),
	TP_ARGS(counts, start, last),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, ioas)
		__field(u64, start)
		__field(u64, last)
	),
	TP_fast_assign(
		__entry->ctx = counts->context;
		__entry->ioas = counts->ioas;
		__entry->start = start;
		__entry->last = last;
	),
	TP_printk("ctx=%llu ioas=%u start=0x%llx last=0x%llx", __entry->ctx,
		  __entry->ioas, __entry->start, __entry->last)
);

TRACE_EVENT(iommufd_fault,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 queue, u32 device,
		 u32 group, u32 perm, u64 address, size_t requests),
	TP_ARGS(ictx, queue, device, group, perm, address, requests),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, queue)
		__field(u32, device)
		__field(u32, group)
		__field(u32, perm)
		__field(u64, address)
		__field(size_t, requests)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->queue = queue;
		__entry->device = device;
		__entry->group = group;
		__entry->perm = perm;
		__entry->address = address;
		__entry->requests = requests;
	),
	TP_printk("ctx=%llu queue=%u device=%u group=%u perm=0x%x address=0x%llx requests=%zu",
		  __entry->ctx, __entry->queue, __entry->device, __entry->group,
		  __entry->perm, __entry->address, __entry->requests)
);

TRACE_EVENT(iommufd_fault_answer,
	TP_PROTO(const struct iommufd_ctx *ictx, u32 queue, u32 cookie,
		 u32 code, int rc),
	TP_ARGS(ictx, queue, cookie, code, rc),
	TP_STRUCT__entry(
		__field(u64, ctx)
		__field(u32, queue)
		__field(u32, cookie)
		__field(u32, code)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->ctx = ictx->number;
		__entry->queue = queue;
		__entry->cookie = cookie;
		__entry->code = code;
		__entry->rc = rc;
	),
	TP_printk("ctx=%llu queue=%u cookie=%u code=%u rc=%d", __entry->ctx,
		  __entry->queue, __entry->cookie, __entry->code, __entry->rc)
);

#endif

/* Found beside this file: Kbuild says where that is. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
