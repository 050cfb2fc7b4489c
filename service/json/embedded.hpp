#pragma once

#include <span>
#include <string_view>

namespace lm::json {

/// A file of the source tree that is part of the program: the daemon finds its schemas and shipped
/// descriptions wherever it was copied to, and never a version that is not its own.
struct EmbeddedFile {
    std::string_view name; // file name without directory
    std::string_view text;
};

/// The files of `schemas/`.
std::span<const EmbeddedFile> embeddedSchemas();
/// The shipped descriptions: the files of `pipelines/`.
std::span<const EmbeddedFile> embeddedPipelines();
/// The migrations of the database: the files of `schemas/sql/`, in order.
std::span<const EmbeddedFile> embeddedMigrations();
/// The text of the embedded schema `name`. The name is part of the program: asking for an unknown one throws.
std::string_view embeddedSchema(std::string_view name);

} // namespace lm::json
