// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything at once: devices opened in all shapes, closed in any order, moved,
 * taken back and given again, while others do the same. What single requests
 * answer is up to chance; that all is whole in the end is not.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "../abi/random.h"
#include "vfio.h"

/* How long threads race each other, if the first argument does not say. */
#define RACE_SECONDS 15
#define MOVE_SECONDS 5

static struct {
	atomic_bool over;
	atomic_uint opened[3];
	int container;
	uint8_t *at;
	struct edu edus[3];
} race;

static bool chance(struct random *random, unsigned int of)
{
	return random_below(random, of) == 0;
}

static const struct edu *some_edu(struct random *random)
{
	return &race.edus[random_below(random, 3)];
}

/* The node's number is another one whenever the device was taken back. */
static int open_some_node(const struct edu *edu)
{
	char at[128];
	glob_t nodes;
	int node = -ENODEV;

	snprintf(at, sizeof(at), DRIVER "/%s/vfio-dev/vfio*", edu->name);
	if (!glob(at, 0, NULL, &nodes)) {
		snprintf(at, sizeof(at), "/dev/vfio/devices/%s",
			 strrchr(nodes.gl_pathv[0], '/') + 1);
		node = open_path(at);
	}
	globfree(&nodes);
	return node;
}

static void *use_nodes(void *number)
{
	struct random random = random_seed((uintptr_t)number);
	int iommufd = iommu_open();
	uint32_t ioas = ioas_with(iommufd, race.at);
	uint32_t id, hwpt;

	while (!race.over) {
		int node = open_some_node(some_edu(&random));

		if (!node_bind(node, iommufd, &id)) {
			race.opened[0]++;
			node_attach(node, ioas, &hwpt);
			if (chance(&random, 2))
				node_detach(node);
			if (chance(&random, 2))
				node_attach(node, hwpt, &hwpt);
			destroy(iommufd, id);
		}
		close(node);
	}
	close(iommufd);
	return NULL;
}

/* A shared container, which other threads fill, use and empty meanwhile. */
static void *use_containers(void *number)
{
	struct random random = random_seed((uintptr_t)number);

	while (!race.over) {
		const struct edu *edu = some_edu(&random);
		int own = chance(&random, 4) ? container_open() : -1;
		int container = own < 0 ? race.container : own;
		int group = open_path(edu->group_path), device;

		group_set(group, container);
		set_iommu(container, VFIO_TYPE1v2_IOMMU);
		device = device_fd(group, edu->name);
		if (device >= 0)
			race.opened[1]++;
		/* A number that is closed twice is another thread's by then. */
		if (chance(&random, 2)) {
			close(own);
			own = -1;
		}
		if (chance(&random, 2)) {
			close(device);
			device = -1;
			group_unset(group);
		}
		close(group);
		close(device);
		close(own);
	}
	return NULL;
}

static void *use_iommufds(void *number)
{
	struct random random = random_seed((uintptr_t)number);
	int iommufd = iommu_open();

	while (!race.over) {
		const struct edu *edu = some_edu(&random);
		int group = open_path(edu->group_path), device;

		group_set(group, iommufd);
		device = device_fd(group, edu->name);
		if (device >= 0)
			race.opened[2]++;
		group_status(group);
		group_unset(group);
		close(group);
		close(device);
	}
	close(iommufd);
	return NULL;
}

static void *map(void *number)
{
	struct random random = random_seed((uintptr_t)number);

	while (!race.over) {
		uint64_t iova = IOVA + random_below(&random, 8) * PAGE;

		dma_map(race.container, race.at, iova, PAGE);
		check_extension(race.container, VFIO_DMA_CC_IOMMU);
		dma_unmap(race.container, iova, PAGE);
	}
	return NULL;
}

/* Waits for whoever has the device, who is never long about it. */
static void *take_back(void *number)
{
	struct random random = random_seed((uintptr_t)number);

	while (!race.over) {
		const struct edu *edu = some_edu(&random);

		if (!sysfs_write(DRIVER "/unbind", edu->name) &&
		    sysfs_write(DRIVER "/bind", edu->name))
			tap_bail_out("a device does not come back");
		usleep(20000);
	}
	return NULL;
}

static void run(unsigned int seconds)
{
	static void *(*const all[])(void *) = {
		use_nodes, use_nodes,	 use_containers, use_containers,
		map,	   use_iommufds, take_back,
	};
	enum { THREADS = sizeof(all) / sizeof(*all) };
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, all[i], (void *)(i + 1));
	sleep(seconds);
	race.over = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* All of it works afterwards as if nothing had been. */
static void check_container(void)
{
	int groups[2] = { open_path(race.edus[0].group_path),
			  open_path(race.edus[1].group_path) };
	int container = container_with(groups[0], race.at);
	int devices[3];

	tap_errno(group_set(groups[1], container), 0, "groups in a container");
	for (int i = 0; i < 3; i++) {
		devices[i] = device_fd(groups[i > 0], race.edus[i].name);
		tap_check(devices[i] >= 0 && reaches(devices[i], race.at),
			  "DMA of device %d", i);
	}
	for (int i = 0; i < 3; i++)
		close(devices[i]);
	close(groups[0]);
	close(groups[1]);
	close(container);
}

static void check_nodes(void)
{
	int iommufd = iommu_open();
	uint32_t ioas = ioas_with(iommufd, race.at), id, hwpt;

	for (int i = 0; i < 3; i++) {
		int node = open_path(race.edus[i].node_path);
		struct vfio_edu_counts counts;

		node_bind(node, iommufd, &id);
		node_attach(node, ioas, &hwpt);
		tap_check(reaches(node, race.at), "DMA of node %d", i);
		counts = edu_counts(node);
		tap_check(counts.opened == counts.closed + 1,
			  "opened as often as closed");
		close(node);
	}
	close(iommufd);
}

static struct {
	atomic_bool over;
	int iommufd;
	uint32_t ioas;
} moved;

static void *remap(void *unused)
{
	const uint64_t iova = IOVA + 16 * PAGE;

	while (!moved.over) {
		ioas_map_at(moved.iommufd, moved.ioas, race.at, PAGE, iova);
		ioas_unmap_at(moved.iommufd, moved.ioas, iova, PAGE);
	}
	return unused;
}

/* The driver of an IOMMU may not like to flush for devices that just leave. */
static void check_moving(void)
{
	int node = open_path(race.edus[0].node_path);
	time_t end = time(NULL) + MOVE_SECONDS;
	unsigned int attached = 0;
	uint32_t id, hwpt;
	pthread_t mapper;

	moved.iommufd = iommu_open();
	moved.ioas = ioas_with(moved.iommufd, race.at);
	node_bind(node, moved.iommufd, &id);
	pthread_create(&mapper, NULL, remap, NULL);
	while (time(NULL) < end) {
		if (!node_attach(node, moved.ioas, &hwpt))
			attached++;
		node_detach(node);
	}
	moved.over = true;
	pthread_join(mapper, NULL);
	tap_check(attached > 5, "attached %u times while others map", attached);
	node_attach(node, moved.ioas, &hwpt);
	tap_check(reaches(node, race.at), "DMA after that");
	close(node);
	close(moved.iommufd);
}

int main(int argc, char **argv)
{
	race.at = memory(2 * PAGE);
	race.container = container_open();
	edus_find(race.edus);
	run(argc > 1 ? atoi(argv[1]) : RACE_SECONDS);
	for (int i = 0; i < 3; i++)
		tap_check(race.opened[i] > 5, "opened %u times in shape %d",
			  race.opened[i], i);
	close(race.container);
	edus_find(race.edus);
	check_container();
	check_nodes();
	check_moving();
	return tap_done();
}
