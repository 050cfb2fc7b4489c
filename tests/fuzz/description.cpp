#include "service/pipeline/description.hpp"
#include "service/json/embedded.hpp"
#include "tests/fuzz/promise.hpp"

#include <set>

// A description file is refused with a place, or is a list of variants that written JSON gives again.
// Input: the file.

using namespace lm;
using fuzz::promise;

namespace {

using Variants = std::vector<pipeline::NamedVariant>;

const json::Schema& schema() {
    static const json::Schema compiled =
        *json::Schema::compileText(json::embeddedSchema("pipeline.schema.json"), "pipeline.schema.json");
    return compiled;
}

void checkError(const Error& error) {
    promise(!error.message.empty() && error.where.starts_with("file"), "an error says what and where");
}

void checkVariants(const Variants& variants) {
    promise(!variants.empty() && variants.front().variant.empty(), "the base comes first");
    std::set<std::string> names;
    for (const auto& [variant, description] : variants) {
        promise(names.insert(variant).second, "a variant is there once");
        promise(description.name == "name" && !description.launch.empty(), "a description can be launched");
        for (const auto& parameter : description.parameters)
            promise(description.parameter(parameter.name) == &parameter, "a parameter is found by its name");
    }
}

bool same(const Variants& a, const Variants& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.variant == y.variant && x.description.launch == y.description.launch &&
               x.description.title == y.description.title &&
               x.description.parameters.size() == y.description.parameters.size() &&
               x.description.handles.size() == y.description.handles.size() &&
               x.description.bindings.size() == y.description.bindings.size() &&
               x.description.expendable == y.description.expendable &&
               x.description.destination == y.description.destination;
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = json::parse(fuzz::asText(data, size), "file");
    if (!document) {
        checkError(document.error());
        return 0;
    }
    const std::string written = json::toText(document->get());
    const auto copy = json::parse(written, "file");
    promise(copy && json::toText(copy->get()) == written, "JSON that was written reads as the same");
    if (schema().check(document->get())) return 0;
    const auto variants = pipeline::readDescription(document->get(), "name", "file");
    if (!variants) {
        checkError(variants.error());
        return 0;
    }
    checkVariants(*variants);
    const auto again = pipeline::readDescription(copy->get(), "name", "file");
    promise(again && same(*variants, *again), "written and read again");
    return 0;
}
