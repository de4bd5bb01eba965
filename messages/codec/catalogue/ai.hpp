#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// A user asked for an analysis.
struct ai_analysis_requested {
  static constexpr std::string_view type = "ai.analysis_requested";
  static constexpr carillon::audience audience = carillon::audience::user;

  std::string company_id;
  std::string user_id;
  std::string request_id;
  std::string kind;
  std::string model;
};

BOOST_DESCRIBE_STRUCT(ai_analysis_requested, (), (company_id, user_id, request_id, kind, model))

/// An analysis has a result.
struct ai_analysis_completed {
  static constexpr std::string_view type = "ai.analysis_completed";
  static constexpr carillon::audience audience = carillon::audience::user;

  std::string company_id;
  std::string user_id;
  std::string request_id;
  std::string kind;
  std::string model;
  int64_t duration_ms = 0;
  int64_t tokens = 0;
};

BOOST_DESCRIBE_STRUCT(ai_analysis_completed, (),
                      (company_id, user_id, request_id, kind, model, duration_ms, tokens))

/// An analysis has no result, for the reason in `error`.
struct ai_analysis_failed {
  static constexpr std::string_view type = "ai.analysis_failed";
  static constexpr carillon::audience audience = carillon::audience::user;

  std::string company_id;
  std::string user_id;
  std::string request_id;
  std::string kind;
  std::string model;
  std::string error;
};

BOOST_DESCRIBE_STRUCT(ai_analysis_failed, (), (company_id, user_id, request_id, kind, model, error))

/// An analysis found something; `confidence` by the publisher's own scale.
struct ai_insight_generated {
  static constexpr std::string_view type = "ai.insight_generated";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string insight_id;
  std::string title;
  double confidence = 0.0;
};

BOOST_DESCRIBE_STRUCT(ai_insight_generated, (),
                      (company_id, user_id, insight_id, title, confidence))

} // namespace carillon
