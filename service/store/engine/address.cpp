#include "service/store/engine/address.hpp"

#include "plugins/common/handles.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>

namespace lm::store {
namespace {

constexpr char allowed[] =
    "DATABASE_URL must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE";

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConnectionOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

Error wrong(const std::string& reason) {
    return {std::string(allowed) + ": " + reason, "DATABASE_URL"};
}

/// What only Prisma's own driver has a use for: its pool and its caches.
bool isPrismas(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{"connection_limit", "pool_timeout", "pgbouncer",
                                                    "statement_cache_size", "socket_timeout"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool isLibpqs(const std::string& name) {
    const ConnectionOptions known(PQconndefaults());
    // A name for `ssl=true`, which libpq takes in a URI.
    if (name == "ssl") return true;
    for (const PQconninfoOption* option = known.get(); option && option->keyword; ++option)
        if (name == option->keyword) return true;
    return false;
}

std::optional<std::string> decoded(std::string_view text) {
    const Owned<char> plain(g_uri_unescape_segment(text.data(), text.data() + text.size(), nullptr));
    if (!plain) return std::nullopt;
    return std::string(plain.get());
}

/// Takes the parameters that are not libpq's out of `query`.
std::optional<Error> sortQuery(std::string_view query, PostgresAddress& target, Address& address) {
    std::string kept;
    while (!query.empty()) {
        const std::string_view part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), part.size() + 1));
        const std::string name(part.substr(0, part.find('=')));
        const std::string_view value = part.size() > name.size() ? part.substr(name.size() + 1) : "";
        if (name == "schema") {
            const auto schema = decoded(value);
            if (!schema || schema->empty()) return wrong("the parameter schema needs a name");
            target.schema = *schema;
        } else if (isPrismas(name)) {
            address.notes.push_back("the parameter " + name + " of DATABASE_URL has no effect here");
        } else if (isLibpqs(name)) {
            kept += kept.empty() ? '?' : '&';
            kept += part;
        } else if (!part.empty()) {
            const bool word =
                std::all_of(name.begin(), name.end(), [](char c) { return g_ascii_isalnum(c) || c == '_'; });
            return wrong(word ? "the parameter " + name.substr(0, 40) + " is not known"
                              : "a parameter has a name that is not known");
        }
    }
    target.uri += kept;
    return std::nullopt;
}

/// Host, port and database of what libpq understood.
std::string shown(const PQconninfoOption* options) {
    std::string host = "default host", port = "5432", database;
    for (; options->keyword; ++options) {
        const std::string_view name = options->keyword;
        if (!options->val || !*options->val) continue;
        if (name == "host" || name == "hostaddr") host = options->val;
        if (name == "port") port = options->val;
        if (name == "dbname") database = options->val;
    }
    return host + ":" + port + "/" + database;
}

Result<Address> parsePostgres(const std::string& url) {
    // A parameter may follow the first question mark only: in user and password it has to be written as %3F.
    const std::size_t question = url.find('?');
    PostgresAddress target{url.substr(0, question), {}, {}};
    Address address;
    if (question != std::string::npos)
        if (auto error = sortQuery(std::string_view(url).substr(question + 1), target, address))
            return *error;
    // libpq's own message may repeat the password.
    const ConnectionOptions options(PQconninfoParse(target.uri.c_str(), nullptr));
    if (!options)
        return wrong("what follows postgresql:// cannot be read; special characters in user and password "
                     "must be percent-encoded");
    target.place = shown(options.get());
    address.target = std::move(target);
    return address;
}

Result<Address> parseSqlite(std::string_view rest) {
    Address address;
    if (const auto question = rest.find('?'); question != std::string_view::npos) {
        address.notes.push_back("the parameters of DATABASE_URL have no effect with SQLite");
        rest = rest.substr(0, question);
    }
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        if (!rest.starts_with("/")) return wrong("after // the path must begin with /, as in sqlite:///x.db");
    }
    if (rest.empty()) return wrong("the path is missing");
    if (rest.starts_with(":")) return wrong("a database in memory would be lost with every restart");
    address.target = SqliteAddress{std::string(rest)};
    return address;
}

} // namespace

Result<Address> parseAddress(const std::string& url) {
    for (const std::string_view scheme : {"sqlite:", "file:"})
        if (url.starts_with(scheme)) return parseSqlite(std::string_view(url).substr(scheme.size()));
    if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return parsePostgres(url);
    return wrong("it begins with something else");
}

std::string fileOf(const Address& address) {
    const auto* file = std::get_if<SqliteAddress>(&address.target);
    return file ? file->path : std::string();
}

std::string placeOf(const Address& address) {
    if (const auto* file = std::get_if<SqliteAddress>(&address.target)) return file->path;
    return std::get<PostgresAddress>(address.target).place;
}

} // namespace lm::store
