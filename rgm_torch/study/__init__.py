"""The comparisons of the paper, small and honest: declared runs, one protocol, one tidy table.

settings and dials say what is compared under which budget; plans declare the runs; search picks
each method's options on validation data; execute performs what is not there yet; tidy makes the
CSV; statistics, tables and figures read it.
"""
