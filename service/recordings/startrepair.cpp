#include "service/recordings/startrepair.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "service/logging/log.hpp"
#include "service/recordings/filerepair.hpp"
#include "service/recordings/walk.hpp"

#include <atomic>
#include <thread>

namespace lm::recordings {
namespace {

constexpr char component[] = "recordings";

void report(const Finding& finding, const std::string& path) {
    if (finding.kind == Finding::Kind::Failed)
        return logging::warning(component, "a recording cannot be checked",
                                {{"file", path}, {"reason", finding.problem}});
    if (finding.kind != Finding::Kind::Examined) return;
    switch (finding.verdict) {
    case wav::Verdict::Repair:
        return logging::warning(
            component, "the header of a recording is repaired",
            {{"file", path}, {"claimed", finding.claimedFrames}, {"frames", finding.frames}});
    case wav::Verdict::Cut:
    case wav::Verdict::Empty:
        return logging::warning(component, "a recording holds no audio",
                                {{"file", path}, {"state", wav::verdictName(finding.verdict)}});
    case wav::Verdict::TooLong:
        return logging::warning(component,
                                "a recording is longer than its header can say; read it as raw samples",
                                {{"file", path}});
    case wav::Verdict::Sound:
    case wav::Verdict::Foreign:
        return;
    }
}

void count(RepairCounts& counts, const Finding& finding) {
    ++counts.examined;
    if (finding.kind == Finding::Kind::Failed) ++counts.failed;
    if (finding.kind == Finding::Kind::InUse) ++counts.inUse;
    if (finding.kind == Finding::Kind::NotAFile) ++counts.foreign;
    if (finding.kind != Finding::Kind::Examined) return;
    using wav::Verdict;
    const Verdict v = finding.verdict;
    if (v == Verdict::Repair) ++counts.repaired;
    if (v == Verdict::Foreign) ++counts.foreign;
    if (v == Verdict::Empty || v == Verdict::Cut || v == Verdict::TooLong) ++counts.unrepairable;
}

} // namespace

struct StartRepair::Shared {
    Guarded<RepairCounts> counts;
    std::condition_variable changed;
    std::atomic<bool> stopping = false;

    void run(const std::string& directory, const timespec& since) {
        forEachWav(directory, [&](int parent, const char* name, const std::string& path) {
            if (stopping) return false;
            const Finding finding = repairFile(parent, name, since);
            count(*counts.lock(), finding);
            report(finding, path);
            return true;
        });
        const RepairCounts all = counts.copy();
        if (all.examined > 0 && !stopping)
            logging::info(component, "recordings checked",
                          {{"files", all.examined},
                           {"repaired", all.repaired},
                           {"unrepairable", all.unrepairable},
                           {"failed", all.failed}});
    }
};

StartRepair::StartRepair(std::string directory) : shared_(std::make_shared<Shared>()) {
    timespec since{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &since);
    // Detached on purpose, with a share of what it uses: a join could wait for a dead disk for ever.
    std::thread([shared = shared_, directory = std::move(directory), since] {
        fence(component, [&] { shared->run(directory, since); });
        shared->counts.lock()->finished = true;
        shared->changed.notify_all();
    }).detach();
}

StartRepair::~StartRepair() {
    shared_->stopping = true;
}

RepairCounts StartRepair::counts() const {
    return shared_->counts.copy();
}

bool StartRepair::wait(std::chrono::milliseconds deadline) const {
    auto counts = shared_->counts.lock();
    return counts.waitUntil(shared_->changed, std::chrono::steady_clock::now() + deadline,
                            [&] { return counts->finished; });
}

} // namespace lm::recordings
