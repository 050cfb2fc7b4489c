#include "service/readiness/diskprobe.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"

#include <sys/statvfs.h>

#include <cerrno>
#include <thread>

namespace lm::readiness {

struct DiskProbe::Shared {
    struct State {
        std::optional<Answer> last;
        bool ending = false;
    };
    Guarded<State> state;
    std::condition_variable changed;

    void run(const std::string& path, std::chrono::milliseconds interval, const Ask& ask) {
        auto s = state.lock();
        while (!s->ending) {
            DiskSpace space;
            s.unlocked([&] { space = ask(path); });
            s->last = Answer{space, Clock::now()};
            s.waitUntil(changed, Clock::now() + interval, [&] { return s->ending; });
        }
    }
};

DiskProbe::DiskProbe(std::string path, std::chrono::milliseconds interval, Ask ask)
    : path_(std::move(path)), shared_(std::make_shared<Shared>()) {
    // Detached on purpose, with a share of what it uses: a join could wait for a dead disk for ever.
    std::thread([shared = shared_, asked = path_, interval, ask = std::move(ask)] {
        fence("disk probe", [&] { shared->run(asked, interval, ask); });
    }).detach();
}

DiskProbe::~DiskProbe() {
    shared_->state.lock()->ending = true;
    shared_->changed.notify_all();
}

std::optional<DiskProbe::Answer> DiskProbe::last() const {
    return shared_->state.lock()->last;
}

DiskSpace DiskProbe::statvfs(const std::string& path) {
    struct statvfs info = {};
    if (::statvfs(path.c_str(), &info) != 0) return {errno};
    const std::uint64_t unit = info.f_frsize ? info.f_frsize : info.f_bsize;
    return {0, info.f_bavail * unit, info.f_blocks * unit, (info.f_flag & ST_RDONLY) != 0};
}

} // namespace lm::readiness
