#pragma once

#include "service/domain/egressquery.hpp"

#include <string>

namespace lm::fuzz {

/// The query that says these parameters, every byte escaped.
inline std::string queryText(const domain::EgressParameters& parameters) {
    constexpr char digits[] = "0123456789abcdef";
    std::string query;
    for (const auto& [name, value] : parameters) {
        query += '&' + name + '=';
        for (const char c : value) {
            query += '%';
            query += digits[static_cast<unsigned char>(c) >> 4];
            query += digits[c & 15];
        }
    }
    return query;
}

} // namespace lm::fuzz
