"""Sources: files and tables from outside become Attain's tables, with every fault told and nothing dropped."""
