#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace lm::readiness {

/// `Degraded` is worth a look but no reason to send tracks elsewhere: recordings are not affected. `Unknown`
/// is an answer that did not come in time, and counts as not ready.
enum class Verdict { Ok, Degraded, Failed, Unknown };
const char* verdictName(Verdict verdict);
/// Whether new tracks may come.
bool admits(Verdict verdict);

/// One named answer. `message` is for people and empty when all is well; `values` are numbers in base units.
struct Finding {
    Verdict verdict = Verdict::Ok;
    std::string message = {};
    std::vector<std::pair<std::string, double>> values = {};
};

/// The checks of `GET /ready`, in the order added. Each must answer at once from what is known already.
class Checks {
public:
    using Check = std::function<Finding()>;
    void add(std::string name, Check check) { checks_.emplace_back(std::move(name), std::move(check)); }

    struct Report {
        bool ready = true;
        std::vector<std::pair<std::string, Finding>> findings;
    };
    /// A check that throws is a failed one.
    Report run() const;

private:
    std::vector<std::pair<std::string, Check>> checks_;
};

/// `{"status":"ready","checks":{…}}` as `schemas/ready.schema.json` says.
std::string toJson(const Checks::Report& report);

} // namespace lm::readiness
