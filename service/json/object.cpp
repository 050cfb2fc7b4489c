#include "service/json/object.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lm::json {

Node text(const std::string& value) {
    auto node = Node::adopt(json_node_new(JSON_NODE_VALUE));
    if (g_utf8_validate(value.c_str(), -1, nullptr)) {
        json_node_set_string(node.get(), value.c_str());
    } else {
        const Owned<char> valid(g_utf8_make_valid(value.c_str(), -1)); // the path of a file, say
        json_node_set_string(node.get(), valid.get());
    }
    return node;
}

Node Builder::node() const {
    auto node = Node::adopt(json_node_new(JSON_NODE_OBJECT));
    json_node_set_object(node.get(), object_.get());
    return node;
}

void Builder::set(const char* name, const std::string& value) {
    set(name, text(value));
}

void Builder::set(const char* name, bool value) {
    json_object_set_boolean_member(object_.get(), name, value ? TRUE : FALSE);
}

void Builder::set(const char* name, std::uint64_t value) {
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<gint64>::max());
    json_object_set_int_member(object_.get(), name, static_cast<gint64>(std::min(value, most)));
}

void Builder::set(const char* name, double value) {
    if (!std::isfinite(value)) return json_object_set_null_member(object_.get(), name);
    json_object_set_double_member(object_.get(), name, value);
}

void Builder::set(const char* name, Node value) {
    if (!value) return json_object_set_null_member(object_.get(), name);
    json_object_set_member(object_.get(), name, value.release());
}

} // namespace lm::json
