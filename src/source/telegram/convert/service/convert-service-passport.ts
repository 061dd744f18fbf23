import type { Api } from 'telegram';

/** The names that Telegram Desktop uses for the types of Telegram Passport values. */
const NAMES: Readonly<Record<Api.TypeSecureValueType['className'], string>> = {
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

/** The type of a value that was shared. The values themselves are never stored. */
export function convertPassportType(type: Api.TypeSecureValueType): string {
  return NAMES[type.className];
}
