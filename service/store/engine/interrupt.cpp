#include "service/store/engine/interrupt.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace lm::store {

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Interrupt::raise() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

bool Interrupt::raised() const {
    return waitFor(std::chrono::milliseconds(0));
}

bool Interrupt::waitFor(std::chrono::milliseconds time) const {
    pollfd fd{event_.get(), POLLIN, 0};
    return ::poll(&fd, 1, static_cast<int>(time.count())) > 0;
}

} // namespace lm::store
