#include "service/security/refusals.hpp"

#include "service/logging/log.hpp"

#include <algorithm>
#include <utility>

namespace lm::security {

std::size_t Refusals::indexOf(std::string_view code) {
    const auto found = std::find(codes.begin(), codes.end(), code);
    return found == codes.end() ? codes.size() - 1 : static_cast<std::size_t>(found - codes.begin());
}

void Refusals::note(std::string_view code, std::string_view address) {
    const std::size_t index = indexOf(code);
    const std::uint64_t before = counts_[index].fetch_add(1, std::memory_order_relaxed);
    Run& run = runs_[index];
    const auto now = clock_();
    const bool first = !run.begun || now - run.last >= quiet;
    run.last = now;
    if (!first) return;
    const std::uint64_t previous = run.begun ? before - run.before : 0;
    run.begun = true;
    run.before = before;
    logging::warning("http", "refused; further ones of this kind are only counted",
                     {{"code", codes[index]}, {"client", address}, {"inTheRunBefore", previous}});
}

std::uint64_t Refusals::count(std::string_view code) const {
    return counts_[indexOf(code)].load(std::memory_order_relaxed);
}

} // namespace lm::security
