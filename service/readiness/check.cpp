#include "service/readiness/check.hpp"

#include "service/json/object.hpp"

#include <cmath>
#include <exception>

namespace lm::readiness {
namespace {

void set(json::Object& object, const char* name, double value) {
    constexpr double exact = 9007199254740992.0; // integers beyond 2^53 are no longer
    if (value >= 0 && value == std::floor(value) && value < exact)
        object.count(name, static_cast<std::uint64_t>(value));
    else
        object.number(name, value);
}

json::Node toNode(const Finding& finding) {
    json::Object object;
    object.text("status", verdictName(finding.verdict));
    if (!finding.message.empty()) object.text("message", finding.message);
    for (const auto& [name, value] : finding.values)
        set(object, name.c_str(), value);
    return object.node();
}

} // namespace

const char* verdictName(Verdict verdict) {
    static constexpr const char* names[] = {"ok", "degraded", "failed", "unknown"};
    return names[static_cast<std::size_t>(verdict)];
}

bool admits(Verdict verdict) {
    return verdict == Verdict::Ok || verdict == Verdict::Degraded;
}

Checks::Report Checks::run() const {
    Report report;
    for (const auto& [name, check] : checks_) {
        Finding finding;
        try {
            finding = check();
        } catch (const std::exception& e) {
            finding = {Verdict::Failed, e.what()};
        }
        report.ready = report.ready && admits(finding.verdict);
        report.findings.emplace_back(name, std::move(finding));
    }
    return report;
}

std::string toJson(const Checks::Report& report) {
    json::Object checks;
    for (const auto& [name, finding] : report.findings)
        checks.node(name.c_str(), toNode(finding));
    return json::Object()
        .text("status", report.ready ? "ready" : "not-ready")
        .node("checks", checks.node())
        .str();
}

} // namespace lm::readiness
