/* Shifts the wall clock of a program by as many seconds as the file that
   TENURE_TORTURE_CLOCK names says. The monotonic clock stays. The system calls are made
   directly: to look up the functions of the C library allocates, and allocators ask for
   the time. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long *seconds;

static long long shift(void) {
  if (!seconds) {
    const char *path = getenv("TENURE_TORTURE_CLOCK");
    int fd = path ? open(path, O_RDONLY) : -1;
    if (fd < 0) return 0;
    void *page = mmap(0, sizeof *seconds, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (page == MAP_FAILED) return 0;
    seconds = page;
  }
  return *seconds;
}

int clock_gettime(clockid_t clock, struct timespec *t) {
  int failed = syscall(SYS_clock_gettime, clock, t);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) t->tv_sec += shift();
  return failed;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  int failed = syscall(SYS_gettimeofday, t, zone);
  if (!failed && t) t->tv_sec += shift();
  return failed;
}

time_t time(time_t *t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec;
  return now.tv_sec;
}
