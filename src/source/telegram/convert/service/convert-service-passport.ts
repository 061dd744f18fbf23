import type { Api } from 'telegram';

/** Telegram Desktop's words for the kinds of Telegram Passport values. */
const WORDS: Readonly<Record<Api.TypeSecureValueType['className'], string>> = {
  SecureValueTypePersonalDetails: 'personal_details',
  SecureValueTypePassport: 'passport',
  SecureValueTypeDriverLicense: 'driver_license',
  SecureValueTypeIdentityCard: 'identity_card',
  SecureValueTypeInternalPassport: 'internal_passport',
  SecureValueTypeAddress: 'address_information',
  SecureValueTypeUtilityBill: 'utility_bill',
  SecureValueTypeBankStatement: 'bank_statement',
  SecureValueTypeRentalAgreement: 'rental_agreement',
  SecureValueTypePassportRegistration: 'passport_registration',
  SecureValueTypeTemporaryRegistration: 'temporary_registration',
  SecureValueTypePhone: 'phone_number',
  SecureValueTypeEmail: 'email',
};

/** What was handed over, never the values themselves. */
export function convertPassportType(type: Api.TypeSecureValueType): string {
  return WORDS[type.className];
}
