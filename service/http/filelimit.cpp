#include "service/http/filelimit.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace lm::http {

std::uint64_t raiseFileLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
    return limit.rlim_cur;
}

DescriptorRoom DescriptorRoom::now() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = 1024;
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (lowest < 0) return {0, limit.rlim_cur};
    ::close(lowest);
    return {limit.rlim_cur - static_cast<std::uint64_t>(lowest), limit.rlim_cur};
}

} // namespace lm::http
