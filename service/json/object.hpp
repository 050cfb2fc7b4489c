#pragma once

#include "service/json/json.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace lm::json {

/// A string as a value; bytes that are no UTF-8 are replaced.
Node text(const std::string& value);

/// A JSON object under construction: what every part that writes JSON needs, with JSON's limits kept in one
/// place. Members are written in the order in which they were set.
class Builder {
public:
    /// The object so far.
    Node node() const;
    /// The same as text, on one line.
    std::string str() const { return toText(node().get()); }

protected:
    void set(const char* name, const std::string& value);
    void set(const char* name, bool value);
    void set(const char* name, std::uint64_t value); // up to the most that fits into 63 bits
    void set(const char* name, double value);        // null when it is infinite or no number
    void set(const char* name, Node value);          // null without a value

private:
    Ref<JsonObject> object_ = Ref<JsonObject>::adopt(json_object_new());
};

/// The setters, each returning `Derived`: a type that adds members of its own stays in the chain.
template <typename Derived> class Members : public Builder {
public:
    Derived& text(const char* name, const std::string& value) { return put(name, value); }
    Derived& count(const char* name, std::uint64_t value) { return put(name, value); }
    Derived& boolean(const char* name, bool value) { return put(name, value); }
    Derived& number(const char* name, double value) { return put(name, value); }
    Derived& seconds(const char* name, std::uint64_t ns) { return put(name, static_cast<double>(ns) / 1e9); }
    Derived& node(const char* name, Node value) { return put(name, std::move(value)); }
    Derived& null(const char* name) { return put(name, Node()); }
    using Builder::node;

private:
    template <typename Value> Derived& put(const char* name, Value&& value) {
        set(name, std::forward<Value>(value));
        return static_cast<Derived&>(*this);
    }
};

class Object : public Members<Object> {};

/// An array of what `make` returns for each of `values`: a Node.
template <typename Values, typename Make> Node array(const Values& values, Make make) {
    auto array = Ref<JsonArray>::adopt(json_array_new());
    for (const auto& value : values)
        json_array_add_element(array.get(), make(value).release());
    auto node = Node::adopt(json_node_new(JSON_NODE_ARRAY));
    json_node_set_array(node.get(), array.get());
    return node;
}

} // namespace lm::json
