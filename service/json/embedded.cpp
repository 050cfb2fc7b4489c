#include "service/json/embedded.hpp"

#include <stdexcept>
#include <string>

namespace lm::json {

std::string_view embeddedSchema(std::string_view name) {
    for (const EmbeddedFile& file : embeddedSchemas())
        if (file.name == name) return file.text;
    throw std::logic_error("no embedded schema " + std::string(name));
}

} // namespace lm::json
