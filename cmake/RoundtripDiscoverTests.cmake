# Run by roundtrip_discover_tests: writes to FILE a CTest test for each test of CONFIG under
# PLUGINS, separated by '|'.
string(REPLACE "|" ";" plugins "${PLUGINS}")
set(options "")
foreach(plugin IN LISTS plugins)
  list(APPEND options --plugin-dir "${plugin}")
endforeach()

execute_process(COMMAND "${RUNNER}" list "${CONFIG}" ${options} --json
  OUTPUT_VARIABLE listed RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${RUNNER} list ${CONFIG} ended with code ${code}")
endif()

set(text "")
string(JSON count LENGTH "${listed}")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON id GET "${listed}" ${i} id)
  string(JSON class GET "${listed}" ${i} class)
  string(JSON name GET "${listed}" ${i} name)
  string(JSON run GET "${listed}" ${i} run)
  set(cell "")
  if(run)
    set(cell " --cell [==[${run}]==]")
  endif()
  string(REPLACE ";" "]==] [==[" words "[==[${options}]==]")
  string(APPEND text "add_test([==[${id}]==] [==[${RUNNER}]==] run [==[${CONFIG}]==] ${words}"
    "${cell} --filter [==[\"${class}.${name}\"]==])\n")
endforeach()
file(WRITE "${FILE}" "${text}")
