#pragma once

/// Lets valijson walk json-glib values. Included by schema.cpp alone. Everything borrows from the document,
/// which must outlive the walk; only frozen values (of `enum` and `const`) hold a reference.

#include "service/json/json.hpp"

#include <valijson/exceptions.hpp>
#include <valijson/internal/adapter.hpp>
#include <valijson/internal/basic_adapter.hpp>
#include <valijson/internal/frozen_value.hpp>
#include <valijson/internal/optional.hpp>

#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lm::json::adapter {

class GlibAdapter;
using Member = std::pair<std::string, GlibAdapter>;

/// Walks a vector of T (nodes or named nodes) and gives each as an Out made from it.
template <typename T, typename Out> class Iterator {
public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Out;
    using difference_type = std::ptrdiff_t;
    using pointer = Out*;
    using reference = Out&;

    Iterator(std::shared_ptr<const std::vector<T>> items, std::size_t index)
        : items_(std::move(items)), index_(index) {}
    Out operator*() const;
    valijson::adapters::DerefProxy<Out> operator->() const {
        return valijson::adapters::DerefProxy<Out>(**this);
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }
    const Iterator& operator++() {
        ++index_;
        return *this;
    }
    Iterator operator++(int) {
        Iterator before(*this);
        ++index_;
        return before;
    }
    const Iterator& operator--() {
        --index_;
        return *this;
    }
    void advance(std::ptrdiff_t n) { index_ += static_cast<std::size_t>(n); }

private:
    std::shared_ptr<const std::vector<T>> items_;
    std::size_t index_;
};

class Array {
public:
    using const_iterator = Iterator<JsonNode*, GlibAdapter>;
    using iterator = const_iterator;
    explicit Array(JsonNode* node = nullptr);
    const_iterator begin() const { return {items_, 0}; }
    const_iterator end() const { return {items_, items_->size()}; }
    std::size_t size() const { return items_->size(); }

private:
    std::shared_ptr<const std::vector<JsonNode*>> items_;
};

class Object {
public:
    using Named = std::pair<std::string, JsonNode*>;
    using const_iterator = Iterator<Named, Member>;
    using iterator = const_iterator;
    explicit Object(JsonNode* node = nullptr);
    const_iterator begin() const { return {items_, 0}; }
    const_iterator end() const { return {items_, items_->size()}; }
    const_iterator find(const std::string& name) const;
    std::size_t size() const { return items_->size(); }

private:
    std::shared_ptr<const std::vector<Named>> items_;
};

class Value {
public:
    explicit Value(JsonNode* node = nullptr) : node_(node) {}

    valijson::adapters::FrozenValue* freeze() const;
    opt::optional<Array> getArrayOptional() const {
        return isArray() ? opt::optional<Array>(Array(node_)) : opt::optional<Array>();
    }
    opt::optional<Object> getObjectOptional() const {
        return isObject() ? opt::optional<Object>(Object(node_)) : opt::optional<Object>();
    }
    bool getArraySize(std::size_t& result) const;
    bool getObjectSize(std::size_t& result) const;
    bool getBool(bool& result) const;
    bool getDouble(double& result) const;
    bool getInteger(std::int64_t& result) const;
    bool getString(std::string& result) const;

    static bool hasStrictTypes() { return true; }
    bool isArray() const { return node_ && JSON_NODE_HOLDS_ARRAY(node_); }
    bool isBool() const { return holds(G_TYPE_BOOLEAN); }
    bool isDouble() const { return holds(G_TYPE_DOUBLE); }
    bool isInteger() const { return holds(G_TYPE_INT64); }
    bool isNull() const { return node_ && JSON_NODE_HOLDS_NULL(node_); }
    bool isNumber() const { return isInteger() || isDouble(); }
    /// The default value stands for an empty object.
    bool isObject() const { return !node_ || JSON_NODE_HOLDS_OBJECT(node_); }
    bool isString() const { return holds(G_TYPE_STRING); }

private:
    bool holds(GType type) const {
        return node_ && JSON_NODE_HOLDS_VALUE(node_) && json_node_get_value_type(node_) == type;
    }
    JsonNode* node_;
};

class GlibAdapter : public valijson::adapters::BasicAdapter<GlibAdapter, Array, Member, Object, Value> {
public:
    GlibAdapter() = default;
    explicit GlibAdapter(JsonNode* node) : BasicAdapter(Value(node)) {}
    explicit GlibAdapter(const Node& node) : GlibAdapter(node.get()) {} // valijson's DocumentType
};

/// A value valijson keeps beyond the walk, for `enum` and `const`.
class Frozen : public valijson::adapters::FrozenValue {
public:
    explicit Frozen(Node node) : node_(std::move(node)) {}
    FrozenValue* clone() const override { return new Frozen(node_); }
    bool equalTo(const valijson::adapters::Adapter& other, bool strict) const override {
        return GlibAdapter(node_.get()).equalTo(other, strict);
    }

private:
    Node node_;
};

template <> inline GlibAdapter Iterator<JsonNode*, GlibAdapter>::operator*() const {
    return GlibAdapter((*items_)[index_]);
}
template <> inline Member Iterator<Object::Named, Member>::operator*() const {
    const auto& [name, node] = (*items_)[index_];
    return {name, GlibAdapter(node)};
}

inline Array::Array(JsonNode* node) {
    std::vector<JsonNode*> items;
    if (node) {
        JsonArray* array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); ++i)
            items.push_back(json_array_get_element(array, i));
    }
    items_ = std::make_shared<const std::vector<JsonNode*>>(std::move(items));
}

inline Object::Object(JsonNode* node) {
    std::vector<Named> items;
    if (node) {
        JsonObjectIter iter;
        const char* name = nullptr;
        JsonNode* value = nullptr;
        json_object_iter_init_ordered(&iter, json_node_get_object(node));
        while (json_object_iter_next_ordered(&iter, &name, &value))
            items.emplace_back(name, value);
    }
    items_ = std::make_shared<const std::vector<Named>>(std::move(items));
}

inline Object::const_iterator Object::find(const std::string& name) const {
    for (std::size_t i = 0; i < items_->size(); ++i)
        if ((*items_)[i].first == name) return {items_, i};
    return end();
}

inline valijson::adapters::FrozenValue* Value::freeze() const {
    auto node = node_ ? Node::share(node_) : Node::adopt(json_node_new(JSON_NODE_NULL));
    return new Frozen(std::move(node));
}

inline bool Value::getArraySize(std::size_t& result) const {
    if (!isArray()) return false;
    result = json_array_get_length(json_node_get_array(node_));
    return true;
}

inline bool Value::getObjectSize(std::size_t& result) const {
    if (!isObject()) return false;
    result = node_ ? json_object_get_size(json_node_get_object(node_)) : 0;
    return true;
}

inline bool Value::getBool(bool& result) const {
    if (!isBool()) return false;
    result = json_node_get_boolean(node_) != FALSE;
    return true;
}

inline bool Value::getDouble(double& result) const {
    if (!isNumber()) return false;
    result = json_node_get_double(node_);
    return true;
}

inline bool Value::getInteger(std::int64_t& result) const {
    if (!isInteger()) return false;
    result = json_node_get_int(node_);
    return true;
}

inline bool Value::getString(std::string& result) const {
    if (!isString()) return false;
    result = json_node_get_string(node_);
    return true;
}

} // namespace lm::json::adapter

template <> struct valijson::adapters::AdapterTraits<lm::json::adapter::GlibAdapter> {
    using DocumentType = lm::json::Node;
    static std::string adapterName() { return "GlibAdapter"; }
};
