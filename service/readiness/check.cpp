#include "service/readiness/check.hpp"

#include "service/json/json.hpp"

#include <cmath>
#include <exception>

namespace lm::readiness {
namespace {

json::Node objectNode(JsonObject* adopted) {
    auto node = json::Node::adopt(json_node_new(JSON_NODE_OBJECT));
    json_node_take_object(node.get(), adopted);
    return node;
}

void setNumber(JsonObject* object, const std::string& name, double value) {
    constexpr double exact = 9007199254740992.0; // integers beyond 2^53 are no longer
    if (value == std::floor(value) && std::abs(value) < exact)
        json_object_set_int_member(object, name.c_str(), static_cast<gint64>(value));
    else
        json_object_set_double_member(object, name.c_str(), value);
}

json::Node toNode(const Finding& finding) {
    JsonObject* object = json_object_new();
    json_object_set_string_member(object, "status", verdictName(finding.verdict));
    if (!finding.message.empty()) json_object_set_string_member(object, "message", finding.message.c_str());
    for (const auto& [name, value] : finding.values)
        setNumber(object, name, value);
    return objectNode(object);
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
    JsonObject* checks = json_object_new();
    for (const auto& [name, finding] : report.findings)
        json_object_set_member(checks, name.c_str(), toNode(finding).release());
    JsonObject* whole = json_object_new();
    json_object_set_string_member(whole, "status", report.ready ? "ready" : "not-ready");
    json_object_set_object_member(whole, "checks", checks);
    return json::toText(objectNode(whole).get());
}

} // namespace lm::readiness
