#include "service/readiness/diskcheck.hpp"

#include <system_error>

namespace lm::readiness {

Finding judgeDisk(const std::optional<DiskProbe::Answer>& answer, std::uint64_t minimum,
                  std::chrono::milliseconds patience, DiskProbe::Clock::time_point now) {
    if (!answer) return {Verdict::Unknown, "the disk has not answered yet"};
    const std::chrono::duration<double> age = now - answer->at;
    const DiskSpace& space = answer->space;
    Finding finding{Verdict::Ok, "", {}};
    if (space.error == 0)
        finding.values = {{"freeBytes", static_cast<double>(space.freeBytes)},
                          {"totalBytes", static_cast<double>(space.totalBytes)},
                          {"minimumBytes", static_cast<double>(minimum)}};
    finding.values.emplace_back("ageSeconds", age.count());
    const auto say = [&](Verdict verdict, const std::string& message) {
        finding.verdict = verdict;
        finding.message = message;
        return finding;
    };
    if (age > patience) return say(Verdict::Unknown, "the disk does not answer");
    if (space.error != 0) return say(Verdict::Failed, std::generic_category().message(space.error));
    if (space.readOnly) return say(Verdict::Failed, "the file system is mounted read-only");
    if (space.freeBytes < minimum) return say(Verdict::Failed, "less than READY_MIN_FREE_BYTES is free");
    return finding;
}

} // namespace lm::readiness
