"""The broker's side of people, accounts and payments, in the words that all areas share."""
